// The service and the web client from their sources, at one address: a change to the client shows at once, a change to the
// service starts it anew. What is not the client's is passed on to the service.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'vite';
import { readConfig } from '../src/config.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
const read = readConfig(process.env);
if (!read.ok) {
  console.error(read.problems.join('\n'));
  process.exit(1);
}
const { HOST, PORT } = read.config;
const servicePort = PORT + 1;

const service = spawn(process.execPath, ['--watch', '--watch-preserve-output', '--import', 'tsx', 'src/main.ts'], {
  env: { ...process.env, PORT: String(servicePort) },
  stdio: 'inherit',
});
service.on('exit', (code) => process.exit(code ?? 1));

const vite = await createServer({
  configFile: 'vite.config.ts',
  server: {
    host: HOST,
    port: PORT,
    strictPort: true,
    proxy: {
      '^/(api|sync|internal|health|livez|readyz|metrics|docs|openapi\\.json)(/|\\?|$)': `http://127.0.0.1:${servicePort}`,
    },
  },
});
await vite.listen();
console.log('With reload, service and client in one:');
vite.printUrls();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    service.kill(signal);
    await vite.close();
  });
}

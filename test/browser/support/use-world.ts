import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, vi } from 'vitest';
import { type ModelServer, startModelServer } from '../../support/model-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from '../../support/service-process.ts';
import { launch } from './launch.ts';
import { watchPage } from './watch-page.ts';

/** The real service on a database of its own, a scripted model for it, and the devices of its one user. */
export interface World {
  /** Where the service is. */
  readonly url: string;
  readonly model: ModelServer;
  /** A browser profile of its own, as on another device. */
  newDevice(options?: BrowserContextOptions): Promise<Device>;
  /** As kill -9 does. */
  killService(): Promise<void>;
  /** On the same port, with the same data. */
  restartService(): Promise<void>;
}

/** A browser profile: its tabs share what is stored. */
export interface Device {
  context: BrowserContext;
  /** Shows a page of the client in a new tab. */
  openTab(path: string): Promise<Page>;
}

/** What Chromium says of a service that cannot be reached: to be expected where a test cuts it off. */
const CUT_OFF = /^Failed to load resource: net::ERR_/;
/** And of a change that it refuses. */
const REFUSED = /^Failed to load resource: the server responded with a status of 400/;
/** And of a request that the service wants a token for; and Dexie of a read that ends before a sign-out goes on. */
const SIGNED_OUT =
  /^Failed to load resource: the server responded with a status of 401|^Dexie\.delete\(.*\) was blocked$/;

export interface WorldOptions {
  /** Tests cut the service off. */
  isCutOff?: boolean;
  /** The service refuses what a test has a page push. */
  isRefusing?: boolean;
  /** What users' tokens are signed with; absent: a service without tokens. */
  tokenSecret?: string;
}

/**
 * Declares a world for each test of a file. At the end of a test nothing may have gone wrong in any of its pages, what the
 * content policy refused included.
 */
export function useWorld({ isCutOff = false, isRefusing = false, tokenSecret }: WorldOptions = {}): World {
  // Several services and browsers on a slow machine take their time; these only end what hangs.
  vi.setConfig({ testTimeout: 240_000 });
  let browser: Browser;
  let folder = '';
  let service: ServiceProcess;
  let url = '';
  let model: ModelServer;
  let contexts: BrowserContext[] = [];
  let complaints: string[][] = [];

  const start = (port: string) =>
    startServiceProcess({
      ...{ PORT: port, DATA_DIR: join(folder, 'data'), LLM_BASE_URL: model.url, LLM_MODEL: 'scripted' },
      ...(tokenSecret === undefined ? {} : { AUTH_JWT_SECRET: tokenSecret }),
    });
  const isExpected = (complaint: string) =>
    (isCutOff && CUT_OFF.test(complaint)) ||
    (isRefusing && REFUSED.test(complaint)) ||
    (tokenSecret !== undefined && SIGNED_OUT.test(complaint));

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    contexts = [];
    complaints = [];
    folder = mkdtempSync(join(tmpdir(), 'pg-missions-test-'));
    cpSync(inject('unusedStore'), join(folder, 'data'), { recursive: true });
    model = await startModelServer();
    service = start('0');
    url = await service.ready;
  });
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await killProcess(service.child);
    await model.close();
    rmSync(folder, { recursive: true, force: true });
    expect(complaints.flat().filter((complaint) => !isExpected(complaint))).toEqual([]);
  });

  return {
    get url() {
      return url;
    },
    get model() {
      return model;
    },
    async newDevice(options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', baseURL: url, ...options });
      context.setDefaultTimeout(90_000);
      contexts.push(context);
      return {
        context,
        async openTab(path) {
          const page = await context.newPage();
          complaints.push(watchPage(page));
          await page.goto(path);
          await page.getByRole('heading', { level: 1 }).waitFor();
          return page;
        },
      };
    },
    killService: () => killProcess(service.child),
    async restartService() {
      service = start(new URL(url).port);
      await service.ready;
    },
  };
}

import type { Registry } from '../core/modules/registry.ts';
import { createOutlinePlanner } from '../core/planning/outline.ts';
import type { Planner } from '../core/planning/planner.ts';
import { modelFromConfig } from './model-from-config.ts';
import { createModelPlanner } from './model-planner.ts';

export interface PlannerConfig {
  LLM_BASE_URL?: string | undefined;
  LLM_API_KEY?: string | undefined;
  LLM_MODEL?: string | undefined;
  LLM_TIMEOUT_SECONDS: number;
  LLM_MAX_OUTPUT_TOKENS: number;
}

/** The planner that the configuration asks for: a model, or, without one, the outline planner. */
export function choosePlanner(config: PlannerConfig, registry: Registry): Planner {
  if (!config.LLM_BASE_URL || !config.LLM_MODEL) return createOutlinePlanner();
  return createModelPlanner({
    model: modelFromConfig({
      baseUrl: config.LLM_BASE_URL,
      ...(config.LLM_API_KEY ? { apiKey: config.LLM_API_KEY } : {}),
      model: config.LLM_MODEL,
    }),
    modelName: config.LLM_MODEL,
    timeoutMs: config.LLM_TIMEOUT_SECONDS * 1000,
    maxOutputTokens: config.LLM_MAX_OUTPUT_TOKENS,
    toolNames: registry.tools.map(({ name }) => name),
  });
}

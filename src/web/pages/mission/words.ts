import { plural } from '../../i18n/plural.ts';
import type { HeldPlan } from '../missions/said-of-plans.svelte.ts';

/** What whoever runs the service sets a cap with. */
const SETTINGS = {
  userCalls: 'LLM_DAILY_CALLS',
  userTokens: 'LLM_DAILY_TOKENS',
  missionTokens: 'LLM_MISSION_DAILY_TOKENS',
};

const CLOCK = { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' } as const;

const count = (locale: 'en' | 'de', one: string, other: string) => (n: number) => plural(locale, n, { one, other });

const en = {
  back: 'Missions',
  concept: 'Concept',
  inputs: 'Inputs',
  goneInput: 'a record that is not here',
  state: 'State',
  afterThat: 'then',
  quarantined: 'none before you edit it or ask for a plan: no attempt came to an end',
  cadence: 'Cadence',
  timeZone: 'Time zone',
  unreadable: 'cannot be read; edit the mission to mend it',
  iterations: 'Iterations',
  none: 'No plan was made yet.',
  noneAtRest: 'No plan was made yet. Resume the mission, and it is planned.',
  older: count('en', 'Show # older', 'Show # older'),
  iteration: (number: number | null) => (number === null ? 'Iteration' : `Iteration ${number}`),
  outcomes: {
    failed: 'Failed',
    stopped: 'Stopped',
    empty: 'Nothing to propose',
    open: count('en', '# to decide', '# to decide'),
    superseded: 'Superseded',
    decided: 'Decided',
  },
  step: {
    approved: 'Approved',
    byPolicy: 'Approved by your policy',
    rejected: 'Rejected',
    superseded: 'Superseded',
    expired: 'Expired',
    pending: 'To decide',
    unknown: 'Its proposal is not here',
    unconfirmed: 'being confirmed',
  },
  planning: {
    title: 'Planning',
    waiting: 'Waits for the service',
    stop: 'Stop',
    reasons: {
      created: 'The first plan of this mission is wanted.',
      edited: 'The mission was edited, so it is planned anew.',
      resumed: 'The mission is active again, so it is planned.',
      run_requested: 'You asked for a plan.',
      input_changed: 'Something that the plan was made from has changed.',
      feedback: 'Your feedback is being worked in.',
      due: 'Its cadence says that it is time.',
    },
    states: {
      unsent: 'It begins as soon as the service has what you wrote.',
      offline: 'It goes on at the service; what comes of it shows here when you are connected again.',
      queued: 'It waits for its turn.',
      planning: 'The planner is at work.',
      retrying: 'The model did not answer. It is tried again in a moment.',
    },
    down: (at: Date, retryAt: Date | null) =>
      `The model was asked on ${at.toLocaleString('en', CLOCK)} and did not answer. ${
        retryAt
          ? `It is asked again on ${retryAt.toLocaleString('en', CLOCK)}.`
          : 'The service keeps looking, and goes on as soon as it does.'
      }`,
    heldTitle: 'Held by a cap',
    held: ({ cap, limit, spent, reserved, needs, until }: HeldPlan) => {
      const [most, used, next] = [limit, spent + reserved, needs].map((n) => n.toLocaleString('en'));
      const left = `${used} are spent or kept for calls under way, and its next call may take ${next}`;
      const caps = {
        userCalls: `Of your ${most} calls of the model for today ${used} are made or under way.`,
        userTokens: `Of your ${most} tokens for today ${left}.`,
        missionTokens: `Of the ${most} tokens that a mission has for today ${left}.`,
        ownTokens: `Of the ${most} tokens that you allow this mission in a day ${left}.`,
      };
      const raise =
        cap === 'ownTokens' ? 'you raise them' : `whoever runs the service raises the cap (${SETTINGS[cap]})`;
      const end =
        needs > limit
          ? `It continues only when ${raise}.`
          : `It continues on ${new Date(until).toLocaleString('en', CLOCK)}, or as soon as ${raise}.`;
      return `${caps[cap]} ${end}`;
    },
    raise: 'Raise the cap',
    stopFaults: {
      unreachable: 'The service does not answer, so this could not be stopped.',
      nothing_to_stop: 'There is nothing to stop any more.',
      mission_not_found: 'The service does not have this mission yet.',
      other: (detail: string) => `The service did not stop it: ${detail}`,
    },
  },
  outline: 'outline, without a model',
  tokens: (input: string, output: string) => `${input} tokens in, ${output} out`,
  calls: {
    open: 'Model calls',
    title: (iteration: string) => `${iteration}: model calls`,
    none: 'No model was asked.',
    unreachable: 'The service does not answer, and only it keeps the model calls.',
    gone: 'The service has no such iteration.',
    other: (detail: string) => `The service did not give them: ${detail}`,
    number: (number: number, model: string) => `Call ${number} to ${model}`,
    request: 'Request',
    response: 'Response',
    answer: 'Answer',
  },
  feedback: {
    give: 'Give feedback',
    change: 'Change your feedback',
    label: 'What do you think of this iteration?',
    hint: 'The mission is planned anew with it in mind.',
    restingHint: 'It is kept, and in mind when the mission is planned again.',
    send: 'Send',
    given: 'Your feedback',
    tooLong: 'Shorten it to 4,000 characters.',
    unreachable: 'The service does not answer. What you wrote stays here; send it again later.',
    other: (detail: string) => `The service did not take it: ${detail}`,
  },
  details: 'What was reported',
  failures: {
    budget_exhausted:
      'The budget of model calls for a day is used up. It goes on by itself within a day; whoever runs the service can raise it.',
    attempts_exhausted:
      'No attempt came to an end, so it is not tried again by itself, and its cadence rests. Edit it or ask for a plan; if that fails too, look at the service’s log.',
    mission_invalid: 'The mission could not be read. Edit it and save it again.',
    stopped: 'You stopped it. Edit the mission or ask for a plan to go on.',
    model_timeout: 'The model took too long. Ask for a plan again, or shorten the concept and link fewer inputs.',
    model_unavailable: 'The model did not answer. Ask for a plan again when it runs.',
    model_rate_limited: 'The model’s provider limits how often it may be asked. Ask for a plan again later.',
    model_refused:
      'The model’s provider refused the request. The settings of the service need a look: name, key, address.',
    reply_not_json:
      'The model answered with something that is not a plan. Ask again; if it stays so, choose a more capable model.',
    reply_shape: 'The model’s plan was not of the right form. Ask again; if it stays so, choose a more capable model.',
    no_steps: 'The plan had no steps. Say in the concept what is to happen next, and check what your policy allows.',
    too_many_steps: 'The plan had too many steps. Narrow the concept down to what comes next.',
    rationale_missing: 'The plan gave no reason for a step. Ask for a plan again.',
    unknown_tool: 'The plan wanted something that cannot be done here. Say in the concept what is to be used.',
    denied_tool:
      'The plan wanted something that your policy denies. Allow it in the policy, or say in the concept to do without.',
    invalid_params: 'A step of the plan was not filled in rightly. Ask for a plan again.',
    unknown: 'It failed for a reason that this page does not know. Ask for a plan again.',
  },
  charts: {
    title: 'Over time',
    decisions: 'What became of the proposals',
    summary: (approved: number, rejected: number, superseded: number) =>
      `${plural('en', approved, { one: '# approved', other: '# approved' })}, ${rejected} rejected, ${superseded} superseded or expired.`,
    approved: 'Approved',
    rejected: 'Rejected',
    superseded: 'Superseded or expired',
    open: 'To decide',
  },
};

const de: typeof en = {
  back: 'Missionen',
  concept: 'Konzept',
  inputs: 'Eingaben',
  goneInput: 'ein Eintrag, der nicht hier ist',
  state: 'Zustand',
  afterThat: 'dann',
  quarantined: 'keiner, bis du sie bearbeitest oder um einen Plan bittest: kein Versuch kam zu einem Ende',
  cadence: 'Takt',
  timeZone: 'Zeitzone',
  unreadable: 'nicht lesbar; bearbeite die Mission, um es zu beheben',
  iterations: 'Iterationen',
  none: 'Noch wurde kein Plan gemacht.',
  noneAtRest: 'Noch wurde kein Plan gemacht. Setze die Mission fort, dann wird sie geplant.',
  older: count('de', '# ältere zeigen', '# ältere zeigen'),
  iteration: (number) => (number === null ? 'Iteration' : `Iteration ${number}`),
  outcomes: {
    failed: 'Gescheitert',
    stopped: 'Angehalten',
    empty: 'Nichts vorzuschlagen',
    open: count('de', '# zu entscheiden', '# zu entscheiden'),
    superseded: 'Überholt',
    decided: 'Entschieden',
  },
  step: {
    approved: 'Angenommen',
    byPolicy: 'Angenommen durch deine Regel',
    rejected: 'Abgelehnt',
    superseded: 'Überholt',
    expired: 'Abgelaufen',
    pending: 'Zu entscheiden',
    unknown: 'Der Vorschlag dazu ist nicht hier',
    unconfirmed: 'wird bestätigt',
  },
  planning: {
    title: 'Wird geplant',
    waiting: 'Wartet auf den Dienst',
    stop: 'Anhalten',
    reasons: {
      created: 'Der erste Plan dieser Mission ist gewünscht.',
      edited: 'Die Mission wurde bearbeitet und wird deshalb neu geplant.',
      resumed: 'Die Mission ist wieder aktiv und wird deshalb geplant.',
      run_requested: 'Du hast um einen Plan gebeten.',
      input_changed: 'Etwas, woraus der Plan entstand, hat sich geändert.',
      feedback: 'Dein Feedback wird eingearbeitet.',
      due: 'Nach ihrem Takt ist es so weit.',
    },
    states: {
      unsent: 'Es geht los, sobald der Dienst hat, was du geschrieben hast.',
      offline: 'Beim Dienst geht es weiter; was dabei herauskommt, steht hier, sobald du wieder verbunden bist.',
      queued: 'Sie wartet, bis sie an der Reihe ist.',
      planning: 'Der Planer arbeitet.',
      retrying: 'Das Modell hat nicht geantwortet. Gleich wird es noch einmal versucht.',
    },
    down: (at, retryAt) =>
      `Das Modell wurde am ${at.toLocaleString('de', CLOCK)} gefragt und hat nicht geantwortet. ${
        retryAt
          ? `Am ${retryAt.toLocaleString('de', CLOCK)} wird es wieder gefragt.`
          : 'Der Dienst sieht weiter nach ihm und macht weiter, sobald es antwortet.'
      }`,
    heldTitle: 'Grenze erreicht',
    held: ({ cap, limit, spent, reserved, needs, until }) => {
      const [most, used, next] = [limit, spent + reserved, needs].map((n) => n.toLocaleString('de'));
      const left = `sind ${used} verbraucht oder für laufende Aufrufe vorgemerkt, und ihr nächster Aufruf kann ${next} brauchen`;
      const caps = {
        userCalls: `Von deinen ${most} Modellaufrufen für heute sind ${used} gemacht oder unterwegs.`,
        userTokens: `Von deinen ${most} Tokens für heute ${left}.`,
        missionTokens: `Von den ${most} Tokens, die eine Mission für heute hat, ${left}.`,
        ownTokens: `Von den ${most} Tokens, die du dieser Mission am Tag erlaubst, ${left}.`,
      };
      const raise =
        cap === 'ownTokens' ? 'du sie erhöhst' : `der Betreiber des Dienstes die Grenze erhöht (${SETTINGS[cap]})`;
      const end =
        needs > limit
          ? `Weiter geht es erst, wenn ${raise}.`
          : `Weiter geht es am ${new Date(until).toLocaleString('de', CLOCK)}, oder sobald ${raise}.`;
      return `${caps[cap]} ${end}`;
    },
    raise: 'Grenze erhöhen',
    stopFaults: {
      unreachable: 'Der Dienst antwortet nicht, deshalb ließ sich nichts anhalten.',
      nothing_to_stop: 'Es gibt nichts mehr anzuhalten.',
      mission_not_found: 'Der Dienst kennt diese Mission noch nicht.',
      other: (detail) => `Der Dienst hat es nicht angehalten: ${detail}`,
    },
  },
  outline: 'Gliederung, ohne Modell',
  tokens: (input, output) => `${input} Tokens hinein, ${output} heraus`,
  calls: {
    open: 'Modellaufrufe',
    title: (iteration) => `${iteration}: Modellaufrufe`,
    none: 'Kein Modell wurde gefragt.',
    unreachable: 'Der Dienst antwortet nicht, und nur er bewahrt die Modellaufrufe auf.',
    gone: 'Der Dienst kennt diese Iteration nicht.',
    other: (detail) => `Der Dienst hat sie nicht herausgegeben: ${detail}`,
    number: (number, model) => `Aufruf ${number} an ${model}`,
    request: 'Anfrage',
    response: 'Antwort des Servers',
    answer: 'Antwort',
  },
  feedback: {
    give: 'Feedback geben',
    change: 'Feedback ändern',
    label: 'Was hältst du von dieser Iteration?',
    hint: 'Die Mission wird damit im Sinn neu geplant.',
    restingHint: 'Es bleibt erhalten und zählt, wenn die Mission wieder geplant wird.',
    send: 'Senden',
    given: 'Dein Feedback',
    tooLong: 'Kürze es auf 4.000 Zeichen.',
    unreachable: 'Der Dienst antwortet nicht. Was du geschrieben hast, bleibt hier; sende es später noch einmal.',
    other: (detail) => `Der Dienst hat es nicht angenommen: ${detail}`,
  },
  details: 'Was gemeldet wurde',
  failures: {
    budget_exhausted:
      'Das Tagesbudget an Modellaufrufen ist aufgebraucht. Binnen eines Tages geht es von selbst weiter; wer den Dienst betreibt, kann es erhöhen.',
    attempts_exhausted:
      'Kein Versuch kam zu einem Ende; von selbst wird es nicht wieder versucht, und ihr Rhythmus ruht. Bearbeite sie oder bitte um einen Plan; scheitert auch das, hilft ein Blick in das Protokoll des Dienstes.',
    mission_invalid: 'Die Mission ließ sich nicht lesen. Bearbeite sie und speichere sie neu.',
    stopped: 'Du hast es angehalten. Bearbeite die Mission oder bitte um einen Plan, damit es weitergeht.',
    model_timeout:
      'Das Modell hat zu lange gebraucht. Bitte noch einmal um einen Plan, oder kürze das Konzept und die Eingaben.',
    model_unavailable: 'Das Modell hat nicht geantwortet. Bitte noch einmal um einen Plan, wenn es läuft.',
    model_rate_limited:
      'Der Anbieter des Modells begrenzt, wie oft es gefragt werden darf. Bitte später noch einmal um einen Plan.',
    model_refused:
      'Der Anbieter des Modells hat die Anfrage abgelehnt. Prüfe die Einstellungen des Dienstes: Name, Schlüssel, Adresse.',
    reply_not_json:
      'Das Modell hat mit etwas geantwortet, das kein Plan ist. Bitte noch einmal; bleibt es so, wähle ein fähigeres Modell.',
    reply_shape:
      'Der Plan des Modells hatte nicht die richtige Form. Bitte noch einmal; bleibt es so, wähle ein fähigeres Modell.',
    no_steps:
      'Der Plan hatte keine Schritte. Schreib ins Konzept, was als Nächstes geschehen soll, und prüfe, was deine Regeln erlauben.',
    too_many_steps: 'Der Plan hatte zu viele Schritte. Grenze das Konzept auf das ein, was als Nächstes kommt.',
    rationale_missing: 'Dem Plan fehlte bei einem Schritt die Begründung. Bitte noch einmal um einen Plan.',
    unknown_tool: 'Der Plan wollte etwas, das hier nicht geht. Schreib ins Konzept, was genutzt werden soll.',
    denied_tool:
      'Der Plan wollte etwas, das deine Regeln verbieten. Erlaube es in den Regeln, oder schreib ins Konzept, dass es ohne gehen soll.',
    invalid_params: 'Ein Schritt des Plans war nicht richtig ausgefüllt. Bitte noch einmal um einen Plan.',
    unknown: 'Es ist aus einem Grund gescheitert, den diese Seite nicht kennt. Bitte noch einmal um einen Plan.',
  },
  charts: {
    title: 'Im Verlauf',
    decisions: 'Was aus den Vorschlägen wurde',
    summary: (approved, rejected, superseded) =>
      `${plural('de', approved, { one: '# angenommen', other: '# angenommen' })}, ${rejected} abgelehnt, ${superseded} überholt oder abgelaufen.`,
    approved: 'Angenommen',
    rejected: 'Abgelehnt',
    superseded: 'Überholt oder abgelaufen',
    open: 'Zu entscheiden',
  },
};

/** The words of a mission's own page. */
export const words = { en, de };

import { type LoginIo, pick } from './ask.ts';
import { LogfireLoginError } from './login-error.ts';
import type { Account, Project, WriteToken } from './service.ts';

/** What is known before anybody is asked. */
export interface Wishes {
  readonly project?: string | undefined;
  readonly organization?: string | undefined;
  /** Offered as name of a new project. */
  readonly suggestion: string;
}

/**
 * The right to write into a project: one that exists, or a new one. Whoever sits at a terminal is asked;
 * without one the wishes decide.
 * @throws LogfireLoginError when they do not, DeliveryError when Logfire cannot be reached
 */
export async function chooseProject(
  account: Account,
  wishes: Wishes,
  io: LoginIo,
): Promise<WriteToken> {
  const { project: name } = wishes;
  const all = await account.projects();
  const projects = all.filter((project) => matches(project, wishes));
  const [first, ...others] = projects;
  if (name === undefined) return pickOrMake(account, projects, wishes, io);
  if (first === undefined) return makeProject(account, name, wishes, io);
  if (others.length === 0) return account.createWriteToken(first);
  if (io.ask === undefined) {
    const where = projects.map((project) => project.organization).join(', ');
    throw new LogfireLoginError(
      `${name} is in several organizations; name one with --organization: ${where}.`,
    );
  }
  return account.createWriteToken(await pick(projects, 'Which one?', showProject, io, io.ask));
}

function matches(project: Project, { project: name, organization }: Wishes): boolean {
  return (
    (name === undefined || project.name === name) &&
    (organization === undefined || project.organization === organization)
  );
}

const showProject = ({ organization, name }: Project): string => `${organization}/${name}`;

async function pickOrMake(
  account: Account,
  projects: readonly Project[],
  wishes: Wishes,
  io: LoginIo,
): Promise<WriteToken> {
  if (io.ask === undefined) {
    const known = projects.map(showProject).join(', ');
    const there = known === '' ? '' : ` There are: ${known}.`;
    throw new LogfireLoginError(
      `Name the project with --project; one that does not exist yet is made.${there}`,
    );
  }
  if (projects.length === 0) return makeProject(account, undefined, wishes, io);
  const choices = [...projects, undefined];
  const show = (project: Project | undefined): string =>
    project === undefined ? 'a new project' : showProject(project);
  const chosen = await pick(choices, 'Into which project?', show, io, io.ask);
  if (chosen === undefined) return makeProject(account, undefined, wishes, io);
  return account.createWriteToken(chosen);
}

async function makeProject(
  account: Account,
  wished: string | undefined,
  wishes: Wishes,
  io: LoginIo,
): Promise<WriteToken> {
  const organization = await chooseOrganization(account, wishes, io);
  let name = wished ?? (await askName('Name of the new project', wishes.suggestion, io));
  for (;;) {
    const made = await account.createProject({ organization, name });
    if (made.outcome === 'made') {
      io.write(`Made the project ${organization}/${name}.\n`);
      return made.token ?? account.createWriteToken({ organization, name });
    }
    const why =
      made.outcome === 'exists'
        ? `${organization} has a project ${name} already, into which you may not write`
        : `${name} is no name for a project: ${made.why}`;
    if (io.ask === undefined) throw new LogfireLoginError(`${why}; choose another --project.`);
    io.write(`${why}.\n`);
    name = await askName('Another name', undefined, io);
  }
}

async function chooseOrganization(
  account: Account,
  { organization }: Wishes,
  io: LoginIo,
): Promise<string> {
  const all = await account.organizations();
  const [only, ...others] = all;
  if (only === undefined) {
    throw new LogfireLoginError(
      'You may make no project in any organization; make or join one in Logfire, then log in again.',
    );
  }
  if (organization !== undefined) {
    if (all.includes(organization)) return organization;
    throw new LogfireLoginError(
      `--organization: you may make no project in ${organization}; you may in: ${all.join(', ')}.`,
    );
  }
  if (others.length === 0) return only;
  if (io.ask === undefined) {
    throw new LogfireLoginError(
      `Name the organization of the new project with --organization: ${all.join(', ')}.`,
    );
  }
  return pick(all, 'In which organization?', (name) => name, io, io.ask);
}

async function askName(
  question: string,
  suggestion: string | undefined,
  io: LoginIo,
): Promise<string> {
  if (io.ask === undefined) throw new LogfireLoginError('Name the project with --project.');
  const hint = suggestion === undefined ? '' : ` [${suggestion}]`;
  for (;;) {
    const name = (await io.ask(`${question}${hint}: `)).trim() || suggestion;
    if (name !== undefined) return name;
  }
}

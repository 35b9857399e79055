import type { Agent } from 'node:http';

/**
 * The agent for a URL: one that keeps connections for the next export, through the proxy that
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name. This machine itself is never asked for through a
 * proxy, which would reach its own. A connection that waits keeps no process alive.
 */
export async function agentFor(url: URL): Promise<Agent> {
  const proxy = await proxyFor(url);
  const key = `${url.protocol} ${proxy}`;
  const known = agents.get(key);
  if (known !== undefined) return known;
  const made = await makeAgent(url, proxy);
  agents.set(key, made);
  return made;
}

/** A new agent of the same kind, for a caller who closes its connections itself. */
export const openAgent = async (url: URL): Promise<Agent> => makeAgent(url, await proxyFor(url));

const agents = new Map<string, Agent>();

/** A connection that has waited longer may be gone without a word. */
const KEPT = { keepAlive: true, maxFreeSockets: 2, timeout: 15_000, scheduling: 'lifo' } as const;

const PROXY_VARIABLE = /^(https?|all)_proxy$/i;
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

async function proxyFor(url: URL): Promise<string> {
  if (LOOPBACK.test(url.hostname)) return '';
  // The library is loaded by those who have a proxy.
  if (!Object.keys(process.env).some((name) => PROXY_VARIABLE.test(name))) return '';
  const { getProxyForUrl } = await import('proxy-from-env');
  return getProxyForUrl(url);
}

const makeAgent = (url: URL, proxy: string): Promise<Agent> =>
  proxy === '' ? directAgent(url) : proxyAgent(url, proxy);

async function directAgent(url: URL): Promise<Agent> {
  if (url.protocol === 'https:') return new (await import('node:https')).Agent(KEPT);
  return new (await import('node:http')).Agent(KEPT);
}

async function proxyAgent(url: URL, proxy: string): Promise<Agent> {
  if (url.protocol === 'https:') {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    return new HttpsProxyAgent(proxy, KEPT);
  }
  const { HttpProxyAgent } = await import('http-proxy-agent');
  return new HttpProxyAgent(proxy, KEPT);
}

/**
 * A program that sends one request, for tests of what only a process of its own shows: variables that are read
 * at its start, and when it ends. Prints the answer, or the error and the memory it took.
 *
 *   unrun client.ts '{"url":"…"}'
 */
import { type HttpRequest, send } from '../../src/http.ts';

const request = JSON.parse(process.argv[2] ?? '') as HttpRequest;
send(request).then(
  ({ status, body, complete }) => console.log(JSON.stringify({ status, body, complete })),
  (error: Error) => console.log(JSON.stringify({ error: error.message })),
);

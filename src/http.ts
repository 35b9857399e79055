/** The one door to the network: every output, log-in and look-up goes through `send`. */
export { DeliveryError } from './http/delivery-error.ts';
export { type Answer, type HttpRequest, send } from './http/send.ts';

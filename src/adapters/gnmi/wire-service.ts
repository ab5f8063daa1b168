/** The gNMI service with notifications as bytes: the same calls on the wire, without building a message for every value. */

import { gNMI } from './generated/gnmi_pb.js';
import { SubscribeResponseBytesSchema } from './generated/wire_pb.js';

/** `Subscribe` whose answers carry notifications as bytes. */
export const subscribeBytes = { ...gNMI.method.subscribe, output: SubscribeResponseBytesSchema };

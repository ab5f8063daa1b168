/** Our own definitions of the gNMI messages have the numbers, types and labels of the public specification (gnmi.proto 0.10.0, gnmi_ext.proto), which an official client speaks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescField, DescFile, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { file_gnmi_ext } from '../../../src/adapters/gnmi/generated/gnmi_ext_pb.js';
import { file_gnmi } from '../../../src/adapters/gnmi/generated/gnmi_pb.js';

/** `*` before a type: repeated; a name after a colon: the oneof that holds the field. */
const published: Readonly<Record<string, string>> = {
  'gnmi.Notification': 'timestamp=1 int64, prefix=2 Path, update=4 *Update, delete=5 *Path, atomic=6 bool',
  'gnmi.Update': 'path=1 Path, value=2 Value, val=3 TypedValue, duplicates=4 uint32',
  'gnmi.TypedValue': 'string_val=1 string:value, int_val=2 int64:value, uint_val=3 uint64:value, bool_val=4 bool:value, bytes_val=5 bytes:value, float_val=6 float:value, decimal_val=7 Decimal64:value, '
    + 'leaflist_val=8 ScalarArray:value, any_val=9 Any:value, json_val=10 bytes:value, json_ietf_val=11 bytes:value, ascii_val=12 string:value, proto_bytes=13 bytes:value, double_val=14 double:value',
  'gnmi.Path': 'element=1 *string, origin=2 string, elem=3 *PathElem, target=4 string',
  'gnmi.PathElem': 'name=1 string, key=2 map<string,string>',
  'gnmi.Value': 'value=1 bytes, type=2 Encoding',
  'gnmi.Error': 'code=1 uint32, message=2 string, data=3 Any',
  'gnmi.Decimal64': 'digits=1 int64, precision=2 uint32',
  'gnmi.ScalarArray': 'element=1 *TypedValue',
  'gnmi.SubscribeRequest': 'subscribe=1 SubscriptionList:request, poll=3 Poll:request, extension=5 *Extension',
  'gnmi.Poll': '',
  'gnmi.SubscribeResponse': 'update=1 Notification:response, sync_response=3 bool:response, error=4 Error:response, extension=5 *Extension',
  'gnmi.SubscriptionList': 'prefix=1 Path, subscription=2 *Subscription, qos=4 QOSMarking, mode=5 Mode, allow_aggregation=6 bool, use_models=7 *ModelData, encoding=8 Encoding, updates_only=9 bool',
  'gnmi.Subscription': 'path=1 Path, mode=2 SubscriptionMode, sample_interval=3 uint64, suppress_redundant=4 bool, heartbeat_interval=5 uint64',
  'gnmi.QOSMarking': 'marking=1 uint32',
  'gnmi.SetRequest': 'prefix=1 Path, delete=2 *Path, replace=3 *Update, update=4 *Update, extension=5 *Extension, union_replace=6 *Update',
  'gnmi.SetResponse': 'prefix=1 Path, response=2 *UpdateResult, message=3 Error, timestamp=4 int64, extension=5 *Extension',
  'gnmi.UpdateResult': 'timestamp=1 int64, path=2 Path, message=3 Error, op=4 Operation',
  'gnmi.GetRequest': 'prefix=1 Path, path=2 *Path, type=3 DataType, encoding=5 Encoding, use_models=6 *ModelData, extension=7 *Extension',
  'gnmi.GetResponse': 'notification=1 *Notification, error=2 Error, extension=3 *Extension',
  'gnmi.CapabilityRequest': 'extension=1 *Extension',
  'gnmi.CapabilityResponse': 'supported_models=1 *ModelData, supported_encodings=2 *Encoding, gNMI_version=3 string, extension=4 *Extension',
  'gnmi.ModelData': 'name=1 string, organization=2 string, version=3 string',
  'gnmi_ext.Extension': 'registered_ext=1 RegisteredExtension:ext, master_arbitration=2 MasterArbitration:ext, history=3 History:ext, commit=4 Commit:ext, depth=5 Depth:ext, config_subscription=6 ConfigSubscription:ext',
  'gnmi_ext.RegisteredExtension': 'id=1 ExtensionID, msg=2 bytes',
  'gnmi_ext.MasterArbitration': 'role=1 Role, election_id=2 Uint128',
  'gnmi_ext.Uint128': 'high=1 uint64, low=2 uint64',
  'gnmi_ext.Role': 'id=1 string',
  'gnmi_ext.History': 'snapshot_time=1 int64:request, range=2 TimeRange:request',
  'gnmi_ext.TimeRange': 'start=1 int64, end=2 int64',
  'gnmi_ext.Commit': 'id=1 string, commit=2 CommitRequest:action, confirm=3 CommitConfirm:action, cancel=4 CommitCancel:action, set_rollback_duration=5 CommitSetRollbackDuration:action',
  'gnmi_ext.CommitRequest': 'rollback_duration=1 Duration',
  'gnmi_ext.CommitConfirm': '',
  'gnmi_ext.CommitCancel': '',
  'gnmi_ext.CommitSetRollbackDuration': 'rollback_duration=1 Duration',
  'gnmi_ext.Depth': 'level=1 uint32',
  'gnmi_ext.ConfigSubscription': 'start=1 ConfigSubscriptionStart:action, sync_done=2 ConfigSubscriptionSyncDone:action',
  'gnmi_ext.ConfigSubscriptionStart': '',
  'gnmi_ext.ConfigSubscriptionSyncDone': 'commit_confirm_id=1 string, server_commit_id=2 string, done=3 bool',
};

const publishedEnums: Readonly<Record<string, string>> = {
  'gnmi.Encoding': 'JSON=0 BYTES=1 PROTO=2 ASCII=3 JSON_IETF=4', 'gnmi.SubscriptionMode': 'TARGET_DEFINED=0 ON_CHANGE=1 SAMPLE=2', 'gnmi.SubscriptionList.Mode': 'STREAM=0 ONCE=1 POLL=2',
  'gnmi.UpdateResult.Operation': 'INVALID=0 DELETE=1 REPLACE=2 UPDATE=3 UNION_REPLACE=4', 'gnmi.GetRequest.DataType': 'ALL=0 CONFIG=1 STATE=2 OPERATIONAL=3', 'gnmi_ext.ExtensionID': 'EID_UNSET=0 EID_EXPERIMENTAL=999',
};

const scalarName = (scalar: ScalarType): string => (ScalarType[scalar] ?? '').toLowerCase();

const lastWord = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function typeOf(field: DescField): string {
  switch (field.fieldKind) {
    case 'scalar': return scalarName(field.scalar);
    case 'enum': return lastWord(field.enum.typeName);
    case 'message': return lastWord(field.message.typeName);
    case 'map': return `map<${scalarName(field.mapKey)},${field.mapKind === 'scalar' ? scalarName(field.scalar) : ''}>`;
    case 'list': return `*${field.listKind === 'scalar' ? scalarName(field.scalar) : lastWord(field.listKind === 'enum' ? field.enum.typeName : field.message.typeName)}`;
  }
}

const written = ({ fields }: DescMessage): string =>
  [...fields].sort((a, b) => a.number - b.number).map((field) => `${field.name}=${field.number} ${typeOf(field)}${field.oneof === undefined ? '' : `:${field.oneof.name}`}`).join(', ');

const files: readonly DescFile[] = [file_gnmi, file_gnmi_ext];

test('every message has the fields of the public specification, with their numbers, types and labels, and no others', () => {
  assert.deepEqual(Object.fromEntries(files.flatMap(({ messages }) => messages).map((message) => [message.typeName, written(message)])), published);
});

test('every enumeration has the numbers of the public specification', () => {
  const nested = files.flatMap(({ enums, messages }) => [...enums, ...messages.flatMap((message) => message.nestedEnums)]);
  assert.deepEqual(Object.fromEntries(nested.map(({ typeName, values }) => [typeName, values.map(({ name, number }) => `${name}=${number}`).join(' ')])), publishedEnums);
});

test('the service has the four calls of the public specification, of which one streams both ways', () => {
  const calls = file_gnmi.services.flatMap(({ typeName, methods }) => methods.map(({ name, input, output, methodKind }) => `${typeName}/${name} ${input.typeName} ${output.typeName} ${methodKind}`));
  assert.deepEqual(calls, [
    'gnmi.gNMI/Capabilities gnmi.CapabilityRequest gnmi.CapabilityResponse unary', 'gnmi.gNMI/Get gnmi.GetRequest gnmi.GetResponse unary', 'gnmi.gNMI/Set gnmi.SetRequest gnmi.SetResponse unary',
    'gnmi.gNMI/Subscribe gnmi.SubscribeRequest gnmi.SubscribeResponse bidi_streaming',
  ]);
});

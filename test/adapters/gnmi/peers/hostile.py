"""gNMI servers (grpcio, C core) that misbehave, each on a port of its own: prints their ports as one JSON line, and every Set that arrives as one more."""
import json, sys, time
from concurrent import futures
import grpc

stubs, folder, component = sys.argv[1:4]
sys.path.insert(0, stubs)
import gnmi_pb2 as g

DAY = 86_400_000_000_000


def read(name):
    return open(f"{folder}/{name}", "rb").read()


def path(*names):
    made = g.Path()
    for name in names:
        elem = made.elem.add(name=name if isinstance(name, str) else name[0])
        if not isinstance(name, str):
            elem.key[name[1]] = name[2]
    return made


def of(name=component):
    return path("components", ("component", "name", name))


def channel(lane, *names):
    return path("transceiver", "physical-channels", ("channel", "index", str(lane)), "state", *names)


def raw(text):
    return g.TypedValue(json_ietf_val=text.encode())


def said(*updates, at=None, prefix=None):
    note = g.Notification(timestamp=time.time_ns() if at is None else at, prefix=prefix or of(), update=[g.Update(path=where, val=value) for where, value in updates])
    return g.SubscribeResponse(update=note).SerializeToString()


SYNC = g.SubscribeResponse(sync_response=True).SerializeToString()
temperature = path("state", "temperature", "instant")
warm = lambda celsius, **how: said((temperature, raw(f'"{celsius}"')), **how)


def idle(context):
    while context.is_active():
        time.sleep(0.05)


def unsynced(asked, context):
    while context.is_active():
        yield warm(41.5)
        time.sleep(0.1)


def wrong_types(asked, context):
    power = channel(0, "output-power", "instant")
    for text in ('"warm"', '"NaN"', '"1e999"', "1e999", '" "', '"0x20"', '""', "null", "true", "[1]", '{"instant":"5"}', "{", '"Infinity"', "[" * 5000):
        yield said((power, raw(text)), (temperature, raw(text)), (channel(0, "rx-los"), raw(text)))
    yield said((power, g.TypedValue()), (temperature, g.TypedValue(bytes_val=b"\x01")), (channel(0, "rx-los"), g.TypedValue(string_val="true")))
    yield said((channel(77, "output-power", "instant"), raw('"1.00"')), prefix=of("nobody/of/this/name"))
    yield warm(41.5)
    yield SYNC
    idle(context)


def backwards(asked, context):
    now = time.time_ns()
    yield warm(40.0, at=now)
    yield SYNC
    for ahead in (365 * DAY, -365 * DAY, 0, 0, -2**62, 2**62, 0):
        yield warm(41.5, at=time.time_ns() + ahead if abs(ahead) < 2**61 else ahead)
    yield warm(42.0, at=0)
    while context.is_active():
        yield warm(42.5)
        time.sleep(0.1)


def huge(asked, context):
    names = [(path("state", f"leaf-{at}"), raw('"' + "x" * 1000 + '"')) for at in range(6000)]
    yield said(*names, (temperature, raw('"41.5"')))
    yield SYNC
    idle(context)


def flapping(asked, context):
    yield warm(41.5)
    yield SYNC
    time.sleep(0.02)


def sample_only(asked, context):
    if any(one.mode != g.SAMPLE for one in asked.subscribe.subscription):
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "only samples are served")
    yield from honest(asked, context)


def other_encoding(wanted, value):
    def answer(asked, context):
        if asked.subscribe.encoding != wanted:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "this encoding is not served")
        yield said((temperature, value))
        yield SYNC
        idle(context)
    return answer


def spoof(asked, context):
    yield warm(41.5, prefix=g.Path(target="somebody else", elem=of().elem))
    yield SYNC
    idle(context)


def garbage(asked, context):
    yield warm(41.5)
    yield SYNC
    yield b"\x0a\x06\xff\xff\xff\xff\xff\xff"


def strangers(asked, context):
    for at in range(5_000):
        yield warm(41.5, prefix=of(f"stranger{at}"))
    yield warm(41.5)
    yield SYNC
    idle(context)


def honest(asked, context):
    yield warm(41.5)
    yield SYNC
    for at in range(10_000):
        if not context.is_active():
            return
        yield warm(41.5 + at % 7 / 10)
        time.sleep(0.1)


def deaf_set(asked, context):
    print(json.dumps({"set": len(asked.update)}), flush=True)
    idle(context)


def json_set(asked, context):
    kinds = [one.val.WhichOneof("value") for one in asked.update]
    print(json.dumps({"set": kinds}), flush=True)
    if "json_ietf_val" in kinds:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "JSON only")
    return g.SetResponse(timestamp=7)


def json_get(asked, context):
    if asked.encoding != g.JSON:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "JSON only")
    return g.GetResponse(notification=[g.Notification(timestamp=5, update=[g.Update(path=asked.path[0], val=g.TypedValue(json_val=b"41.5"))])])


behaviours = {
    "unsynced": unsynced, "wrongTypes": wrong_types, "backwards": backwards, "huge": huge, "flapping": flapping, "sampleOnly": sample_only,
    "protoOnly": other_encoding(g.PROTO, g.TypedValue(decimal_val=g.Decimal64(digits=4150, precision=2))), "jsonOnly": other_encoding(g.JSON, g.TypedValue(json_val=b"41.5")),
    "spoof": spoof, "garbage": garbage, "strangers": strangers, "deaf": honest,
}


class Handler(grpc.GenericRpcHandler):
    def __init__(self, behaviour):
        self.behaviour = behaviour

    def service(self, details):
        name = details.method.rsplit("/", 1)[1]
        bytes_of = lambda message: message.SerializeToString()
        if name == "Subscribe":
            return grpc.stream_stream_rpc_method_handler(lambda requests, context: behaviours[self.behaviour](next(requests), context), request_deserializer=g.SubscribeRequest.FromString)
        if name == "Set":
            return grpc.unary_unary_rpc_method_handler(deaf_set if self.behaviour == "deaf" else json_set, request_deserializer=g.SetRequest.FromString, response_serializer=bytes_of)
        if name == "Get":
            return grpc.unary_unary_rpc_method_handler(json_get, request_deserializer=g.GetRequest.FromString, response_serializer=bytes_of)
        return None


credentials = grpc.ssl_server_credentials([(read("server.key"), read("server.pem"))], read("ca.pem"), True)
ports, servers = {}, []
for behaviour in behaviours:
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((Handler(behaviour),))
    ports[behaviour] = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    servers.append(server)
print(json.dumps(ports), flush=True)
for server in servers:
    server.wait_for_termination()

"""An independent gNMI client (grpcio, C core): asks a server one of everything and prints what came back as one JSON document."""
import json, queue, re, sys
import grpc

stubs, folder, address, component = sys.argv[1:5]
sys.path.insert(0, stubs)
import gnmi_pb2 as g, gnmi_pb2_grpc as rpc


def read(name):
    return open(f"{folder}/{name}", "rb").read()


def path(text, **where):
    made = g.Path(**where)
    for found in re.finditer(r"/([^/\[]+)((?:\[[^\]]*\])*)", text):
        elem = g.PathElem(name=found.group(1))
        for key in re.finditer(r"\[([^=]+)=([^\]]*)\]", found.group(2)):
            elem.key[key.group(1)] = key.group(2)
        made.elem.append(elem)
    return made


def stub(client):
    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read(f"{client}.key"), read(f"{client}.pem")) if client else grpc.ssl_channel_credentials(read("ca.pem"))
    return rpc.gNMIStub(grpc.secure_channel(address, credentials))


def refusal(call):
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


controller = stub("controller")
power = path(f"/components/component[name={component}]/openconfig-platform-transceiver:transceiver/physical-channels/channel[index=0]/state/output-power/instant", origin="openconfig")
out = {}
capabilities = controller.Capabilities(g.CapabilityRequest(), timeout=10)
out["version"] = capabilities.gNMI_version
out["models"] = [model.name for model in capabilities.supported_models]
out["encodings"] = [g.Encoding.Name(encoding) for encoding in capabilities.supported_encodings]
got = controller.Get(g.GetRequest(path=[power], encoding=g.JSON_IETF), timeout=10).notification[0]
out["power"] = json.loads(got.update[0].val.json_ietf_val)
out["timestamp"] = got.timestamp
got = controller.Get(g.GetRequest(path=[path(f"/components/component[name={component}]")], encoding=g.JSON_IETF), timeout=10).notification[0]
out["component"] = json.loads(got.update[0].val.json_ietf_val)
out["proto"] = controller.Get(g.GetRequest(path=[power], encoding=g.PROTO), timeout=10).notification[0].update[0].val.double_val
out["refusals"] = {
    "no path": refusal(lambda: controller.Get(g.GetRequest(), timeout=10)),
    "absent": refusal(lambda: controller.Get(g.GetRequest(path=[path("/nope")], encoding=g.JSON_IETF), timeout=10)),
    "bytes": refusal(lambda: controller.Get(g.GetRequest(path=[power], encoding=g.BYTES), timeout=10)),
    "deprecated": refusal(lambda: controller.Get(g.GetRequest(path=[g.Path(element=["components"])], encoding=g.JSON_IETF), timeout=10)),
    "viewer writes": refusal(lambda: stub("viewer").Set(g.SetRequest(delete=[path("/components")]), timeout=10)),
    "commit without id": refusal(lambda: controller.Set(g.SetRequest(extension=[{"commit": {"commit": {}}}]), timeout=10)),
    "no certificate": refusal(lambda: stub(None).Capabilities(g.CapabilityRequest(), timeout=5)),
}
wanted = g.SubscriptionList(mode=g.SubscriptionList.ONCE, subscription=[g.Subscription(path=power)], encoding=g.JSON_IETF)
kinds = lambda messages: [message.WhichOneof("response") for message in messages]
out["once"] = kinds(controller.Subscribe(iter([g.SubscribeRequest(subscribe=wanted)]), timeout=10))
wanted.updates_only = True
out["updates only"] = kinds(controller.Subscribe(iter([g.SubscribeRequest(subscribe=wanted)]), timeout=10))
wanted.updates_only = False
wanted.mode, wanted.subscription[0].mode, wanted.subscription[0].sample_interval = g.SubscriptionList.STREAM, g.SAMPLE, 50_000_000
asked = queue.Queue()
asked.put(g.SubscribeRequest(subscribe=wanted))
stream = controller.Subscribe(iter(asked.get, None), timeout=20)
out["stream"] = kinds([next(stream) for _ in range(5)])
asked.put(g.SubscribeRequest(subscribe=wanted))
out["second subscribe"] = refusal(lambda: [None for _ in stream])
wanted.mode = g.SubscriptionList.POLL
asked = queue.Queue()
asked.put(g.SubscribeRequest(subscribe=wanted))
polled = controller.Subscribe(iter(asked.get, None), timeout=20)
out["poll"] = kinds([next(polled), next(polled)])
asked.put(g.SubscribeRequest(poll=g.Poll()))
out["poll"] += kinds([next(polled), next(polled)])
asked.put(None)
out["ended"] = kinds(polled)
print(json.dumps(out))

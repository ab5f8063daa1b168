"""An independent gNMI client (grpcio, C core): asks a server one of everything and prints what came back as one JSON document."""
import json, queue
from asking import code, component, controller, g, path, stub

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
    "no path": code(lambda: controller.Get(g.GetRequest(), timeout=10)),
    "absent": code(lambda: controller.Get(g.GetRequest(path=[path("/nope")], encoding=g.JSON_IETF), timeout=10)),
    "bytes": code(lambda: controller.Get(g.GetRequest(path=[power], encoding=g.BYTES), timeout=10)),
    "deprecated": code(lambda: controller.Get(g.GetRequest(path=[g.Path(element=["components"])], encoding=g.JSON_IETF), timeout=10)),
    "viewer writes": code(lambda: stub("viewer").Set(g.SetRequest(delete=[path("/components")]), timeout=10)),
    "commit without id": code(lambda: controller.Set(g.SetRequest(extension=[{"commit": {"commit": {}}}]), timeout=10)),
    "no certificate": code(lambda: stub(None).Capabilities(g.CapabilityRequest(), timeout=5)),
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
out["second subscribe"] = code(lambda: [None for _ in stream])
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

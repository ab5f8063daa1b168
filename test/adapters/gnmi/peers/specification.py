"""An independent gNMI client (grpcio, C core) that asks what the specification demands of a target beyond the ordinary, and prints the answers as one JSON document."""
import json, sys
from itertools import pairwise
from asking import code, component, controller, g, grpc, path
import gnmi_ext_pb2 as x

host = sys.argv[5]


def text(made):
    return "".join(f"/{elem.name}" for elem in made.elem)


whole = f"/components/component[name={component}]"
enabled = f"{whole}/transceiver/config/enabled"
depth = lambda level: [x.Extension(depth=x.Depth(level=level))]
typed = lambda value: g.TypedValue(json_ietf_val=json.dumps(value).encode())


def get(asked, prefix=None, **how):
    return controller.Get(g.GetRequest(path=[path(asked)], prefix=prefix, encoding=g.JSON_IETF, **how), timeout=10).notification[0]


def values(asked, prefix=None, **how):
    return [(text(update.path), json.loads(update.val.json_ietf_val)) for update in get(asked, prefix, **how).update]


def set(**what):
    return controller.Set(g.SetRequest(**what), timeout=10)


def once(asked, prefix=None, extension=(), **how):
    wanted = g.SubscriptionList(mode=g.SubscriptionList.ONCE, encoding=g.JSON_IETF, prefix=prefix, subscription=[g.Subscription(path=path(asked))], **how)
    return [message.update for message in controller.Subscribe(iter([g.SubscribeRequest(subscribe=wanted, extension=extension)]), timeout=10) if message.WhichOneof("response") == "update"]


def stamps(count, **how):
    """When the first updates of the component's name were sampled; fewer where the stream ends before."""
    wanted = g.SubscriptionList(mode=g.SubscriptionList.STREAM, encoding=g.JSON_IETF, subscription=[g.Subscription(path=path(f"{whole}/state/name"), mode=g.SAMPLE, **how)])
    found = []
    try:
        for message in controller.Subscribe(iter([g.SubscribeRequest(subscribe=wanted)]), timeout=8):
            if message.WhichOneof("response") == "update":
                found.append(message.update.timestamp)
            if len(found) == count:
                break
    except grpc.RpcError:
        pass
    return found


out = {}
out["key leaf"] = values(f"{whole}/name")
out["levels"] = sorted(found[0] for found in values(f"{whole}/transceiver/.../index"))[:2]
out["levels below"] = text(get(f"{whole}/...").update[0].path)
out["depth 1"] = values(whole, extension=depth(1))[0][1]
out["depth in Set and Capabilities"] = [code(lambda: set(extension=depth(1))), code(lambda: controller.Capabilities(g.CapabilityRequest(extension=depth(1)), timeout=10))]
state, operational = (values(f"{whole}/transceiver/state", type=kind)[0][1] for kind in (g.GetRequest.STATE, g.GetRequest.OPERATIONAL))
out["applied configuration"] = sorted(name for name in state if name not in operational)
model = [g.ModelData(name="openconfig-platform")]
out["use_models"] = [sorted(values(whole, use_models=model)[0][1]), {text(update.path).split("/")[1] for one in once(whole, use_models=model) for update in one.update} == {"name", "config", "state"}]
out["targets"] = [{one.prefix.target for one in once(whole, prefix)} == {answer} for prefix, answer in ((None, ""), (g.Path(target=host), host), (g.Path(target="*"), host))]
out["empty Set"] = code(lambda: set())
out["election"] = [code(lambda: set(extension=[x.Extension(master_arbitration=x.MasterArbitration(role=x.Role(id="r"), election_id=x.Uint128(low=number)))])) for number in (5, 4, 5)]


def disable():
    set(update=[g.Update(path=path(enabled), val=typed(False))])


def is_enabled():
    return values(enabled)[0][1]


disable()
out["delete by wildcards"] = [is_enabled(), code(lambda: set(delete=[path("/components/component[name=*]/transceiver/config/enabled")])), is_enabled()]
disable()
out["delete of everything"] = [code(lambda: set(delete=[path("/components")], prefix=g.Path(target=host))), is_enabled()]
out["delete of what is not there"] = [code(lambda: set(delete=[path(absent)])) for absent in ("/components/component[name=nobody]", f"{whole}/nothing", f"{whole}/transceiver/physical-channels/channel[index=99]")]
out["delete of state"] = code(lambda: set(delete=[path(f"{whole}/state/name")]))
config = get(whole, type=g.GetRequest.CONFIG).update[0].val
out["a configuration sent back"] = [code(lambda: set(**{how: [g.Update(path=path(whole), val=config)]})) for how in ("update", "replace")]
config = get("/", g.Path(target=host), type=g.GetRequest.CONFIG).update[0].val
disable()
out["a whole device sent back"] = [code(lambda: set(prefix=g.Path(target=host), replace=[g.Update(path=g.Path(), val=config)])), is_enabled()]
out["writes that cannot be"] = {
    name: code(lambda: set(update=[g.Update(path=path(where), val=typed(value))]))
    for name, where, value in (
        ("unknown node", f"{whole}/nothing", 1), ("unknown component", "/components/component[name=nobody]/transceiver/config/enabled", True), ("state", f"{whole}/state/name", "x"),
        ("another key", f"{whole}/config/name", "x"), ("conflicting key", whole, {"name": "x"}), ("wrong type", enabled, "true"), ("wildcard", "/components/component[name=*]/transceiver/config/enabled", True),
        ("several levels", f"{whole}/.../enabled", True),
    )
}
gaps = sorted(later - earlier for earlier, later in pairwise(stamps(6, sample_interval=0)[1:]))
out["shortest interval ms"] = gaps[0] / 1e6 if gaps else None
out["heartbeats ms"] = [(later - earlier) / 1e6 for earlier, later in pairwise(stamps(4, sample_interval=700_000_000, suppress_redundant=True, heartbeat_interval=1_000_000_000))]
print(json.dumps(out))

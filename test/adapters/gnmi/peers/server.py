"""A small independent gNMI server (grpcio, C core) with mutual TLS: two values, one confirmed commit, a stream that breaks off once."""
import json, sys, time
from concurrent import futures
import grpc

stubs, folder = sys.argv[1:3]
sys.path.insert(0, stubs)
import gnmi_pb2 as g, gnmi_pb2_grpc as rpc


def read(name):
    return open(f"{folder}/{name}", "rb").read()


def power(value):
    elems = [g.PathElem(name="components"), g.PathElem(name="component", key={"name": "xcvr-0-1"})]
    below = [g.PathElem(name="transceiver"), g.PathElem(name="physical-channels"), g.PathElem(name="channel", key={"index": "3"})]
    tree = {"openconfig-platform-transceiver:state": {"output-power": {"instant": value}, "rx-los": False}}
    return g.Notification(timestamp=time.time_ns(), prefix=g.Path(elem=elems), update=[g.Update(path=g.Path(elem=below), val=g.TypedValue(json_ietf_val=json.dumps(tree).encode()))])


class Server(rpc.gNMIServicer):
    streams = 0

    def Capabilities(self, request, context):
        return g.CapabilityResponse(gNMI_version="0.10.0", supported_encodings=[g.JSON_IETF], supported_models=[g.ModelData(name="openconfig-platform", version="0.31.0")])

    def Set(self, request, context):
        commit = request.extension[0].commit if request.extension else None
        if commit is not None and commit.id == "":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a commit needs an id")
        seen = {"deletes": len(request.delete), "replaces": len(request.replace), "updates": len(request.update)}
        if commit is not None:
            seen["action"] = commit.WhichOneof("action")
            seen["rollback"] = commit.commit.rollback_duration.seconds
        print(json.dumps(seen), flush=True)
        return g.SetResponse(timestamp=1234567890123456789)

    def Get(self, request, context):
        return g.GetResponse(notification=[g.Notification(timestamp=5, update=[g.Update(path=request.path[0], val=g.TypedValue(json_ietf_val=b'"-1.25"'))])])

    def Subscribe(self, requests, context):
        next(requests)
        Server.streams += 1
        yield g.SubscribeResponse(update=power(f"-1.2{Server.streams}"))
        yield g.SubscribeResponse(sync_response=True)
        if Server.streams == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "going down")
        while context.is_active():
            time.sleep(0.05)


server = grpc.server(futures.ThreadPoolExecutor(8))
rpc.add_gNMIServicer_to_server(Server(), server)
port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(read("server.key"), read("server.pem"))], read("ca.pem"), True))
server.start()
print(port, flush=True)
server.wait_for_termination()

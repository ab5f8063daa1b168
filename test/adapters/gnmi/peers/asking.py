"""What the peers that ask a server share: the arguments they start with, the messages made from our definitions, paths, credentials and refusals."""
import re, sys
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
    """A caller with that client's certificate, or with none."""
    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read(f"{client}.key"), read(f"{client}.pem")) if client else grpc.ssl_channel_credentials(read("ca.pem"))
    return rpc.gNMIStub(grpc.secure_channel(address, credentials))


def code(call):
    """The status that a call ends with."""
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


controller = stub("controller")

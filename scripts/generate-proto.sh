#!/bin/sh
# Makes JavaScript and type declarations of the gNMI and twin definitions. Needs protoc; the result is committed, so
# only a change of a .proto file asks for this.
set -eu
cd "$(dirname "$0")/.."
protoc --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es \
  --es_out=src/adapters/gnmi/generated --es_opt=target=js+dts,import_extension=js \
  -I src/adapters/gnmi/proto gnmi.proto gnmi_ext.proto twin.proto wire.proto

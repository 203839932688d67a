"""Writes the encoder of a bundled model as an ONNX file: codes = Sigmoid(Gemm(inputs, W, c)).

  python3 onnx_encoder.py OUTPUT.onnx

There is no onnx package in Debian, so the few protobuf fields are written here by their numbers in onnx.proto3 (opset 13).
"""
import sys

import model_weights

FLOAT = 1


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field: whole numbers as varints, text and bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, array):  # TensorProto
    return b"".join(field(1, size) for size in array.shape) + field(2, FLOAT) + field(8, name) + field(9, array.tobytes())


def value(name, columns):  # ValueInfoProto: [n, columns]
    shape = field(1, field(2, "n")) + field(1, field(1, columns))
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def node(operation, inputs, output, attributes=b""):  # NodeProto
    return b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, operation) + attributes


def encoder():
    weights = model_weights.load()
    weight, bias = weights["layers.0.weight"], weights["layers.0.bias"]
    transposed = field(5, field(1, "transB") + field(3, 1) + field(20, 2))  # AttributeProto of type INT
    graph = (field(1, node("Gemm", ["inputs", "weight", "bias"], "sums", transposed))
             + field(1, node("Sigmoid", ["sums"], "codes")) + field(2, "encoder")
             + field(5, tensor("weight", weight)) + field(5, tensor("bias", bias))
             + field(11, value("inputs", weight.shape[1])) + field(12, value("codes", weight.shape[0])))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))  # ModelProto, IR version 8


def main():
    with open(sys.argv[1], "wb") as file:
        file.write(encoder())


if __name__ == "__main__":
    main()

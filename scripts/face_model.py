"""Pack the face mesh that the server uses into the bundle that the browser's MediaPipe reads.

The models come out of the pinned mediapipe wheel, which need not be importable. The bundle's graph
wants 478 points, the ten last those of the irises; the mesh without them has 468, so a layer is
added behind it that says ten of them twice: zeros would draw the face that is followed through a
film towards the picture's corner.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import flatbuffers  # type: ignore[import-untyped]

MESH_VALUES, BUNDLE_VALUES = 3 * 468, 3 * 478
POINTS_AXIS = 3  # of [1, 1, 1, values]
FINDER = "modules/face_detection/face_detection_short_range.tflite"
MESH = "modules/face_landmark/face_landmark.tflite"
SCHEMA = "tasks/metadata/schema_py_generated.py"


def pack(wheel: Path, bundle: Path) -> None:
    """``wheel``: the folder of the mediapipe package."""
    mesh = padded((wheel / MESH).read_bytes(), tflite_schema(wheel))
    bundle.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(bundle, "w", ZIP_STORED) as archive:
        for name, data in (
            ("face_detector.tflite", (wheel / FINDER).read_bytes()),
            ("face_landmarks_detector.tflite", mesh),
        ):
            archive.writestr(ZipInfo(name), data)  # without a date: equal models, equal bundle


def tflite_schema(wheel: Path) -> Any:
    """The package's own reader of its model files, without importing the package."""
    spec = spec_from_file_location("tflite_schema", wheel / SCHEMA)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(wheel / SCHEMA)
    schema = module_from_spec(spec)
    spec.loader.exec_module(schema)
    return schema


def padded(model: bytes, tflite: Any) -> bytes:
    """The mesh's model with its points followed by the first of them up to the bundle's number."""
    tree = tflite.ModelT.InitFromObj(tflite.Model.GetRootAsModel(model, 0))
    graph = tree.subgraphs[0]
    points, presence = graph.outputs
    places = _tensor(tflite, tree, "places", [BUNDLE_VALUES], tflite.TensorType.INT32)
    tree.buffers[-1].data = _little_endian([i % MESH_VALUES for i in range(BUNDLE_VALUES)])
    wider = _tensor(tflite, tree, "points", [1, 1, 1, BUNDLE_VALUES], tflite.TensorType.FLOAT32)
    graph.operators.append(_gathering(tflite, tree, [points, places], wider))
    graph.outputs = [wider, presence]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(tflite: Any, tree: Any, name: str, shape: list[int], kind: int) -> int:
    """A new tensor with a buffer of its own; its place among the graph's tensors."""
    tensors = tree.subgraphs[0].tensors
    tensor = tflite.TensorT()
    tensor.name, tensor.shape, tensor.type = name.encode(), shape, kind
    tensor.buffer = len(tree.buffers)
    tree.buffers.append(tflite.BufferT())
    tensors.append(tensor)
    return len(tensors) - 1


def _gathering(tflite: Any, tree: Any, inputs: list[int], output: int) -> Any:
    code, layer = tflite.OperatorCodeT(), tflite.OperatorT()
    code.builtinCode = code.deprecatedBuiltinCode = tflite.BuiltinOperator.GATHER
    code.version = 1
    layer.opcodeIndex = len(tree.operatorCodes)
    tree.operatorCodes.append(code)
    layer.inputs, layer.outputs = inputs, [output]
    layer.builtinOptionsType = tflite.BuiltinOptions.GatherOptions
    layer.builtinOptions = tflite.GatherOptionsT()
    layer.builtinOptions.axis = POINTS_AXIS
    return layer


def _little_endian(numbers: list[int]) -> list[int]:
    return [byte for number in numbers for byte in number.to_bytes(4, "little")]


if __name__ == "__main__":
    found = find_spec("mediapipe")
    if found is None or found.origin is None:
        sys.exit("The face mesh comes out of the mediapipe wheel, which is not installed here.")
    pack(Path(found.origin).parent, Path(sys.argv[1]))

"""Writes what the tests of this room are held against: two tiny ONNX models, and in reference.json what Pillow makes of
drawn pictures and ONNX Runtime says of them. It needs numpy, onnx, onnxruntime and Pillow before 13, which changes the
order of the two passes for tall pictures; versions stand in its output.

    python3 reference.py      # in this folder
"""
import hashlib
import json

import numpy as np
import onnx
import onnxruntime
import PIL
from onnx import TensorProto, helper, numpy_helper
from PIL import Image


def draw(width, height):
    """The picture of drawn in prepare_test.go."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    channels = [(x * 7 + y * 3) % 256, (x * x + y) % 256, (x ^ y) * 5 % 256]
    return np.stack(channels, axis=-1).astype(np.uint8)


# The EXIF orientation n as what Pillow does to turn a picture upright (ImageOps.exif_transpose).
TURNS = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
         6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def cover(image, size, shorter, how):
    """torchvision.transforms.functional: resize to the shorter side, then center_crop."""
    w, h = image.size
    if shorter:
        new = (shorter, int(shorter * h / w)) if w <= h else (int(shorter * w / h), shorter)
    elif size[0] * h >= size[1] * w:
        new = (size[0], int(size[0] * h / w))
    else:
        new = (int(size[1] * w / h), size[1])
    image = image.resize(new, how)
    left, top = int(round((new[0] - size[0]) / 2)), int(round((new[1] - size[1]) / 2))
    return image.crop((left, top, left + size[0], top + size[1]))


def contain(image, size, pad, how):
    """PIL.ImageOps.pad, which older releases refuse to pictures that come out without a pixel of width or height."""
    w, h = image.size
    if w / h > size[0] / size[1]:
        image = image.resize((size[0], max(1, round(h / w * size[0]))), how)
    else:
        image = image.resize((max(1, round(w / h * size[1])), size[1]), how)
    padded = Image.new("RGB", size, tuple(pad))
    padded.paste(image, (round((size[0] - image.size[0]) * 0.5), round((size[1] - image.size[1]) * 0.5)))
    return padded


def prepare(case, image):
    if case["orientation"] > 1:
        image = image.transpose(TURNS[case["orientation"]])
    size, how = tuple(case["size"]), FILTERS[case["filter"]]
    if case["mode"] == "stretch":
        image = image.resize(size, how)
    elif case["mode"] == "contain":
        image = contain(image, size, case["pad"], how)
    else:
        image = cover(image, size, case["shorter"], how)
    pixels = np.asarray(image)
    if case["channels"] == "bgr":
        pixels = pixels[:, :, ::-1]
    values = pixels.astype(np.float32) / np.float32(case["scale"])
    values = (values - np.float32(case["mean"])) / np.float32(case["deviation"])
    return values if case["layout"] == "nhwc" else np.ascontiguousarray(values.transpose(2, 0, 1))


def cases():
    plain = {"orientation": 1, "filter": "bilinear", "mode": "stretch", "shorter": 0, "pad": [0, 0, 0], "scale": 255,
             "channels": "rgb", "layout": "nchw", "mean": [0, 0, 0], "deviation": [1, 1, 1], "size": [32, 32]}
    normal = {"mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225]}
    sizes = [(600, 450), (450, 600), (97, 61), (32, 32), (20, 11), (1, 1), (3, 200), (1000, 2), (33, 32)]
    for width, height in sizes:
        at = plain | {"width": width, "height": height}
        for how in FILTERS:
            yield at | {"filter": how}
            yield at | {"filter": how, "mode": "cover"} | normal
            yield at | {"filter": how, "mode": "contain", "pad": [10, 20, 30]}
        yield at | {"mode": "cover", "shorter": 37, "channels": "bgr", "layout": "nhwc", "scale": 127.5, "mean": [1, 1, 1]}
        yield at | {"mode": "cover", "size": [40, 24]}
        yield at | {"mode": "contain", "size": [24, 41]}
    for orientation in range(2, 9):
        yield plain | {"width": 97, "height": 61, "orientation": orientation}
        yield plain | {"width": 97, "height": 61, "orientation": orientation, "mode": "cover"}


def model(path, layout, output):
    """Convolution, pooling and a layer of three outputs; weights come from a formula."""
    def weights(name, *shape):
        count = int(np.prod(shape))
        values = np.sin(np.arange(count, dtype=np.float64) * 1.7 + len(name)).astype(np.float32)
        return numpy_helper.from_array(values.reshape(shape), name)

    nodes, first = [], "picture"
    shape = ["n", 3, 32, 32]
    if layout == "nhwc":
        nodes.append(helper.make_node("Transpose", ["picture"], ["turned"], perm=[0, 3, 1, 2]))
        first, shape = "turned", ["n", 32, 32, 3]
    nodes += [
        helper.make_node("Conv", [first, "kernel"], ["edges"], strides=[2, 2]),
        helper.make_node("Relu", ["edges"], ["lines"]),
        helper.make_node("GlobalAveragePool", ["lines"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "layer", "bias"], ["logits"]),
    ]
    if output == "probabilities":
        nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 3])],
        [weights("kernel", 4, 3, 3, 3), weights("layer", 4, 3), weights("bias", 3)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def main():
    sessions = {"nchw": model("tiny.onnx", "nchw", "logits"), "nhwc": model("tiny-nhwc.onnx", "nhwc", "probabilities")}
    made = []
    for case in cases():
        values = prepare(case, Image.fromarray(draw(case["width"], case["height"])))
        case["sha256"] = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
        case["some"] = [float(v) for v in values.ravel()[:: values.size // 7]]
        if case["size"] == [32, 32]:
            outputs = sessions[case["layout"]].run(None, {"picture": values[None]})[0][0]
            case["outputs"] = [float(v) for v in outputs]
        made.append(case)
    with open("reference.json", "w", encoding="utf8") as file:
        versions = {"numpy": np.__version__, "onnxruntime": onnxruntime.__version__, "pillow": PIL.__version__}
        file.write('{"versions": %s, "cases": [\n' % json.dumps(versions))
        file.write(",\n".join(json.dumps(case) for case in made))
        file.write("\n]}\n")
    for name in ("progressive420.jpg", "sampling422.jpg"):  # of TestPrepareSharedChroma
        values = prepare(next(cases()), Image.open("../../testdata/pictures/" + name))
        print(name, hashlib.sha256(values.astype("<f4").tobytes()).hexdigest())


main()

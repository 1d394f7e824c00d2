from limes.draw.diagram.scene import Curve, Layer, Letters, Rect, Scene


def test_a_scene_holds_layers_of_shapes():
    inner = Layer("line", (Curve((0.0, 0.0), (((1.0, 1.0),),)),))
    scene = Scene(10.0, 20.0, [Layer("lines", (), layers=(inner,)), Layer("nodes", (Rect(0, 0, 1, 1),))])
    assert [layer.kind for layer in scene.layers] == ["lines", "nodes"]
    assert scene.layers[0].layers[0].shapes[0].pieces == (((1.0, 1.0),),)


def test_ink_is_the_color_of_what_names_none():
    assert Rect(0, 0, 1, 1).stroke == Letters(0, 0, "a", 9, 5).color == Curve((0.0, 0.0), ()).stroke

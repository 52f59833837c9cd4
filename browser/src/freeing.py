"""Frees graphs in a loop, however deep they are.

Where Python itself frees a chain of objects, each within the one before, its stack grows with the chain.
Elsewhere Python notices and turns to a loop; in a browser it cannot see the stack that it stands on, which is
JavaScript's, and a chain of a few thousand nodes ends the interpreter.
"""

_waiting = []
_freeing = False


def in_a_loop(kind, *links):
    """Free the objects of a class in a loop.

    Args:
        kind: The class.
        links: The attributes by which its objects hold each other.
    """

    def __del__(self):  # noqa: N807
        global _freeing  # noqa: PLW0603
        if _freeing:
            _waiting.append(self)  # it lives on until the loop below comes to it, and is not asked again
            return
        _freeing = True
        try:
            for link in links:
                # It lets go of them here, for when this has ended the loop is over.
                _waiting.append(getattr(self, link, None))
                setattr(self, link, None)
            while _waiting:
                _waiting.clear()  # those who die of it queue up behind
        finally:
            _freeing = False

    kind.__del__ = __del__


def graphs():
    """Free the graphs of the package in a loop."""
    try:
        from autograd import grad, reverse
    except ImportError:  # the press carries any package of this name, also one without graphs
        return
    in_a_loop(grad.ValueNode, "_one", "_other")
    in_a_loop(reverse.Recorded, "parents")

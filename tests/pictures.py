"""What tests of pictures read off them."""


def legend(axes):
    """Texts of a legend, in order."""
    return [text.get_text() for text in axes.get_legend().get_texts()]

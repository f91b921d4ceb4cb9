"""The figures of the paper, each a module with its tasks and what is told of them."""

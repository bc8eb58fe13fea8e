"""Where the names of a module come from, according to its imports."""

import ast
from collections.abc import Iterator


def imports(tree: ast.AST) -> dict[str, str]:
    """Each imported name and the dotted path that it stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            found |= {alias.asname or alias.name: f"{package}.{alias.name}" for alias in node.names}
    return found


def chain(expression: ast.expr) -> list[str]:
    """The names of ``a.b(...).c[0].d`` as ``[a, b, c, d]``; a root that is not a name is left out."""
    if isinstance(expression, ast.Call):
        return chain(expression.func)
    if isinstance(expression, ast.Subscript):
        return chain(expression.value)
    if isinstance(expression, ast.Attribute):
        return [*chain(expression.value), expression.attr]
    return [expression.id] if isinstance(expression, ast.Name) else []


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in ``tree``, decorators included."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def used_paths(tree: ast.AST) -> set[str]:
    """The dotted path of everything that is imported, or reached from an import; text in strings does not count."""
    known = imports(tree)
    reached = [chain(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return set(known.values()) | {".".join([known.get(root, root), *rest]) for root, *rest in filter(None, reached)}

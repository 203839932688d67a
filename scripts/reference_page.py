#!/usr/bin/python3
"""Writes the reference part of a documentation page from the comments of the contract.

    scripts/reference_page.py            writes every page below anew
    scripts/reference_page.py --check    changes nothing; fails, with the difference, where a page is out of date

A page keeps what people wrote above the marker line; what stands below it is made here.
"""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parents[1]
MARKER = "<!-- Below: made by scripts/reference_page.py from the comments in proto/. Edit those. -->\n"
PAGES = {
    "docs/api.md": ["cae_service", "tensor", "model_service"],
    "docs/configuration.md": ["server_config"],
}
SCALARS = {number: name[5:].lower() for name, number in descriptor_pb2.FieldDescriptorProto.Type.items()}
# Numbers of the fields of FileDescriptorProto, DescriptorProto, ... that make up a comment's path.
FILE_MESSAGE, FILE_ENUM, FILE_SERVICE, MESSAGE_FIELD, MESSAGE_NESTED, ENUM_VALUE, SERVICE_METHOD = 4, 5, 6, 2, 3, 2, 2


class Comments:
    """The comment before each declaration of a file, by the declaration's path."""

    def __init__(self, file):
        self.file_comment = ""
        self.by_path = {}
        for location in file.source_code_info.location:
            self.by_path[tuple(location.path)] = location.leading_comments
            if list(location.path) == [12]:  # `syntax`, whose comment is the file's
                self.file_comment = location.leading_comments

    def __call__(self, *path):
        return self.by_path.get(path, "")


def paragraphs(comment):
    """Comment text as Markdown: lines joined, indented tables kept as code."""
    text = re.sub(r"(?m)^ ", "", comment).rstrip()
    blocks, code = [], False
    for line in text.split("\n"):
        indented = line.startswith("  ")
        if indented != code:
            blocks.append("```" if indented or code else "")
            code = indented
        blocks.append(line[2:] if indented else escape(line))
    if code:
        blocks.append("```")
    return "\n".join(blocks)


def one_line(comment):
    return escape(" ".join(comment.split()))


def escape(text):
    """Characters that Markdown or a table would take for its own, outside of `code`."""
    parts = text.split("`")
    for i, part in enumerate(parts):
        parts[i] = part.replace("|", "\\|") if i % 2 else re.sub(r"([\\|*<])", r"\\\1", part)
    return "`".join(parts)


def type_of(field, messages):
    if not field.type_name:
        name = SCALARS[field.type]
    else:
        short = field.type_name.removeprefix(".cae.v1.")
        entry = messages.get(field.type_name)
        if entry is not None and entry.options.map_entry:
            key, value = entry.field
            return f"map of {type_of(key, messages)} to {type_of(value, messages)}"
        name = f"[{short}](#{short.lower().replace('.', '')})" if field.type_name.startswith(".cae.v1.") else short
    if field.label == descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED:
        return f"repeated {name}"
    return f"optional {name}" if field.proto3_optional else name


def service_section(service, path, comments):
    lines = [f"### {service.name}", "", paragraphs(comments(*path)), "", "| rpc | request | answer | |", "|---|---|---|---|"]
    for i, method in enumerate(service.method):
        request, answer = (name.removeprefix(".cae.v1.") for name in (method.input_type, method.output_type))
        stream = "stream of " if method.server_streaming else ""
        lines.append(f"| `{method.name}` | [{request}](#{request.lower()}) | {stream}[{answer}](#{answer.lower()}) | "
                     f"{one_line(comments(*path, SERVICE_METHOD, i))} |")
    return lines + [""]


def message_section(message, name, path, comments, messages):
    lines = [f"### {name}", "", paragraphs(comments(*path)), ""]
    if message.field:
        lines += ["| field | number | type | |", "|---|---|---|---|"]
    for i, field in enumerate(message.field):
        choice = ""
        if field.HasField("oneof_index") and not field.proto3_optional:
            choice = f"One of `{message.oneof_decl[field.oneof_index].name}`. "
        lines.append(f"| `{field.name}` | {field.number} | {type_of(field, messages)} | "
                     f"{choice}{one_line(comments(*path, MESSAGE_FIELD, i))} |")
    lines.append("")
    for i, nested in enumerate(message.nested_type):
        if not nested.options.map_entry:
            lines += message_section(nested, f"{name}.{nested.name}", (*path, MESSAGE_NESTED, i), comments, messages)
    return lines


def enum_section(enum, path, comments):
    lines = [f"### {enum.name}", "", paragraphs(comments(*path)), "", "| value | number | |", "|---|---|---|"]
    for i, value in enumerate(enum.value):
        lines.append(f"| `{value.name}` | {value.number} | {one_line(comments(*path, ENUM_VALUE, i))} |")
    return lines + [""]


def file_section(file, messages):
    comments = Comments(file)
    lines = [f"## [`{pathlib.Path(file.name).name}`](../proto/{file.name})", "", paragraphs(comments.file_comment), ""]
    for i, service in enumerate(file.service):
        lines += service_section(service, (FILE_SERVICE, i), comments)
    for i, message in enumerate(file.message_type):
        lines += message_section(message, message.name, (FILE_MESSAGE, i), comments, messages)
    for i, enum in enumerate(file.enum_type):
        lines += enum_section(enum, (FILE_ENUM, i), comments)
    return lines


def descriptors():
    files = sorted(str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto/cae/v1").glob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-Iproto", "--include_source_info", f"--descriptor_set_out={out.name}", *files],
                       cwd=ROOT, check=True)
        found = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    return {pathlib.Path(file.name).stem: file for file in found.file}


def all_messages(files):
    found = {}

    def add(prefix, message):
        found[f"{prefix}.{message.name}"] = message
        for nested in message.nested_type:
            add(f"{prefix}.{message.name}", nested)

    for file in files.values():
        for message in file.message_type:
            add(f".{file.package}", message)
    return found


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    files = descriptors()
    messages = all_messages(files)
    stale = False
    for page, names in PAGES.items():
        path = ROOT / page
        before = path.read_text()
        head, marker, _ = before.partition(MARKER)
        if not marker:
            sys.exit(f"{page}: the marker line is missing: {MARKER}")
        lines = [line for name in names for line in file_section(files[name], messages)]
        after = head + MARKER + "\n" + "\n".join(lines).rstrip() + "\n"
        if after != before and arguments:
            stale = True
            sys.stderr.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), page, "as it should be"))
        elif after != before:
            path.write_text(after)
            print(f"wrote {page}")
    if stale:
        sys.exit("run scripts/reference_page.py and commit the pages")


if __name__ == "__main__":
    main(sys.argv[1:])

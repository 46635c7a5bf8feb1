"""Write ``naru_client/models.py`` and ``naru_client/resources/`` from an OpenAPI document.

python -m naru_codegen http://127.0.0.1:8000/openapi.json
"""

import json
import sys
import urllib.request
from pathlib import Path

from naru_codegen.package import replace_files


def main() -> None:
    """Read the document that the command line names; replace the generated files."""
    place = sys.argv[1]
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place) as answer:  # noqa: S310  the developer's own platform
            text = answer.read()
    else:
        text = Path(place).read_bytes()
    replace_files(json.loads(text))


if __name__ == "__main__":
    main()

# The API in a container: docker build -t contact-resolver . ; compose.yaml has it beside a PostgreSQL server.
# It runs as a user without rights, on a root file system that may be read-only; what is kept lies in /data.

FROM python:3.11.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY deploy/requirements.lock deploy/requirements.lock
COPY rules rules
COPY resolver resolver
COPY api api
# what builds comes in the versions of the lock
RUN python -m venv /build \
    && sed '/^ *--hash/d; s/ \\$//' requirements.lock > /build/versions.txt \
    && /build/bin/python -m pip install --quiet --constraint /build/versions.txt hatchling \
    && /build/bin/python -m hatchling build -t wheel -d /dist
# what runs comes by its hashes; pip is not kept, as nobody needs it there
RUN python -m venv /app \
    && /app/bin/python -m pip install --quiet --require-hashes -r deploy/requirements.lock \
    && /app/bin/python -m pip install --quiet --no-deps --no-index /dist/*.whl \
    && /app/bin/python -m pip check \
    && /app/bin/python -m pip uninstall --quiet --yes pip setuptools

FROM python:3.11.13-slim-bookworm
LABEL org.opencontainers.image.title="contact-resolver" org.opencontainers.image.licenses="Apache-2.0"
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RESOLVER_DB=/data/contacts.db \
    RESOLVER_HOST=0.0.0.0 \
    RESOLVER_PORT=8400
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8400
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8400/v1/ready', timeout=4)"]
ENTRYPOINT ["resolver"]
CMD ["serve"]

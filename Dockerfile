# One image for every process; the command picks which: `iesspr.serve plans`, `iesspr migrate` …
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

COPY requirements.lock .
RUN pip install --only-binary :all: --require-hashes -r requirements.lock

COPY alembic.ini ./
COPY data data
COPY migrations migrations
COPY services services
COPY gateway gateway
COPY iesspr iesspr

# /state keeps the signing keys and the demo credentials; a named volume takes over its owner.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin iesspr \
    && install -d -o iesspr -g iesspr -m 700 /state
USER 10001:10001
EXPOSE 8000

ENTRYPOINT ["python", "-m"]
CMD ["iesspr.serve", "gateway", "--host", "0.0.0.0", "--port", "8000"]

# One image for every process; docker-compose.yml says which command each one runs.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY . .
# Hashed and compressed once, here; no service's settings or keys are needed for it.
RUN EMBEDDED=1 VAR_DIR=/tmp/build STATIC_ROOT=/app/staticfiles python manage.py collectstatic --no-input \
    && rm -rf /tmp/build \
    && useradd --create-home app \
    # Only the tally service's key folder has a place for seal keys: nothing else can keep one by mistake.
    && install -d -o app -m 700 /keys/link /keys/cast /tally-keys/link /tally-keys/cast /tally-keys/seal \
    && install -d -o app /media

ENV STATIC_ROOT=/app/staticfiles MEDIA_ROOT=/media KEYS_DIR=/keys VAR_DIR=/tmp
USER app
EXPOSE 8000
CMD ["gunicorn", "endorsements.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=8"]

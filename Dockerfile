# The site, its worker and its clock: one image, three commands (docker-compose.yml).
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock

COPY . .
# Static files belong to the image. These values serve this one command and stay nowhere.
RUN SECRET_KEY="only-to-collect-static-files-while-the-image-is-being-built" \
    ALLOWED_HOSTS=localhost SITE_URL=https://localhost EMAIL_URL=smtp://localhost \
    DATABASE_URL=postgres://localhost/none REDIS_URL=redis://localhost \
    python manage.py collectstatic --no-input --verbosity 0

RUN useradd --uid 10001 --no-create-home vitre \
    && install -d -o vitre -g vitre /app/media /app/run
USER vitre
ENV BEAT_SCHEDULE_FILE=/app/run/beat-schedule MEDIA_ROOT=/app/media STATIC_ROOT=/app/staticfiles
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "vitre_civique.wsgi", "--config", "deploy/gunicorn.conf.py"]

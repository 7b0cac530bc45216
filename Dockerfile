# The production image: the product and its locked requirements, no compiler, no pip, no database.
# `make image` goes through the same steps without a container engine.

FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements-production.lock scripts/image/dependencies.sh ./
RUN bash dependencies.sh /opt/optilearn
COPY requirements-build.lock scripts/image/product.sh pyproject.toml README.md ./
COPY platform platform
COPY reports reports
COPY dashboards dashboards
COPY pipelines pipelines
COPY worker worker
COPY docs docs
RUN bash product.sh /opt/optilearn

FROM python:3.11-slim
# The folders are made here: a volume takes over their owner, and a missing one would be root's.
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/optilearn optilearn && \
    install -d -o optilearn /var/lib/optilearn/dagster /var/lib/optilearn/files \
        /var/lib/optilearn/snapshots
COPY --from=build /opt/optilearn /opt/optilearn
COPY --chown=optilearn dagster.yaml /var/lib/optilearn/dagster/dagster.yaml
ENV PATH=/opt/optilearn/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DEBUG=0 \
    STATIC_ROOT=/opt/optilearn/static \
    OPTILEARN_HOME=/var/lib/optilearn \
    DAGSTER_HOME=/var/lib/optilearn/dagster
WORKDIR /var/lib/optilearn
USER optilearn
VOLUME /var/lib/optilearn/snapshots /var/lib/optilearn/files
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["optilearn", "health"]
CMD ["optilearn", "serve", "--host", "0.0.0.0", "--port", "8000"]

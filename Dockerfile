FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY pom.xml ./
COPY .mvn .mvn
COPY src src
COPY routes routes
COPY config config
RUN mvn -q -B -DskipTests package
# The libraries side by side, in a layer that stays when only the service changes.
RUN mkdir /app && cd /app \
    && jar xf /src/target/truth-forge-sync.jar BOOT-INF/lib \
    && mv BOOT-INF/lib lib && rmdir BOOT-INF \
    && mv /src/target/truth-forge-sync.jar.original truth-forge-sync.jar

FROM eclipse-temurin:17-jre
RUN useradd --system --home-dir /app --no-create-home sync \
    && mkdir -p /app/config /app/data /app/logs \
    && chown sync /app/data /app/logs
WORKDIR /app
COPY --from=build /app/lib lib
COPY --from=build /app/truth-forge-sync.jar ./
USER sync
VOLUME /app/data
ENTRYPOINT ["java", "-cp", "/app/truth-forge-sync.jar:/app/lib/*", "truthforge.sync.Main"]
CMD ["run"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2m --timeout=30s --start-period=10m \
    CMD ["java", "-cp", "/app/truth-forge-sync.jar:/app/lib/*", "truthforge.sync.Main", "status"]

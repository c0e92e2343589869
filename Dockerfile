FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY pom.xml ./
COPY .mvn .mvn
COPY src src
COPY routes routes
COPY config config
RUN mvn -q -B -DskipTests package
# A Java of only the modules that the service and its libraries use.
RUN jlink --output /opt/java --strip-java-debug-attributes --no-header-files --no-man-pages --compress=2 \
    --add-modules java.se,jdk.unsupported,jdk.crypto.ec,jdk.httpserver,jdk.management.agent,jdk.naming.dns,jdk.zipfs,jdk.jfr \
    && /opt/java/bin/java -Xshare:dump > /dev/null
# The libraries side by side, in a layer that stays when only the service changes.
WORKDIR /app
RUN jar xf /src/target/truth-forge-sync.jar BOOT-INF/lib \
    && mv BOOT-INF/lib lib && rmdir BOOT-INF \
    && mv /src/target/truth-forge-sync.jar.original truth-forge-sync.jar
# What a first run loads is kept in a form that later ones map into memory: a faster start.
RUN cd /tmp && /opt/java/bin/java -XX:ArchiveClassesAtExit=/app/classes.jsa \
    -cp "/app/truth-forge-sync.jar:/app/lib/*" truthforge.sync.Main \
    sandbox --seconds 5 --contacts 10 --seed 1 --json

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /app --no-create-home truthforge \
    && mkdir -p /app/config /app/data /app/logs \
    && chown truthforge:truthforge /app/data /app/logs
WORKDIR /app
COPY --from=build /opt/java /opt/java
COPY --from=build /app/lib lib
COPY --from=build /app/truth-forge-sync.jar /app/classes.jsa ./
ENV PATH=/opt/java/bin:$PATH \
    JAVA_TOOL_OPTIONS="-Xmx240m -Xms128m -Xmn96m -XX:SurvivorRatio=6 -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -XX:SharedArchiveFile=/app/classes.jsa -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off"
USER 10001
VOLUME ["/app/data", "/app/logs", "/tmp"]
ENTRYPOINT ["java", "-cp", "/app/truth-forge-sync.jar:/app/lib/*", "truthforge.sync.Main"]
CMD ["run"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2m --timeout=30s --start-period=10m \
    CMD ["java", "-cp", "/app/truth-forge-sync.jar:/app/lib/*", "truthforge.sync.Main", "status"]

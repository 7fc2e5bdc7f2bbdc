package io.lookalike.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node requires and how it is put together; nothing here starts one. */
final class RealNodeTests {
    @TempDir
    Path temp;

    private static String refusal(Runnable attempt) {
        return assertThrows(NodeFailed.class, attempt::run).getMessage();
    }

    @Test
    void jarsAreSortedByTheirPlaces() {
        NodeJars jars = NodeJars.sort(paths(
                "/m/elasticsearch-9.5.3.jar",
                "/m/elasticsearch-entitlement-9.5.3.jar",
                "/m/elasticsearch-entitlement-bridge-9.5.3.jar",
                "/m/elasticsearch-ssl-config-9.5.3.jar",
                "/m/netty-codec-http-4.1.135.Final.jar",
                "/m/transport-netty4-9.5.3.jar",
                "/m/aircompressor-v3-3.3.jar",
                "/m/lucene-core-10.5.1.jar",
                "/m/lucene-test-framework-10.5.1.jar",
                "/m/framework-9.5.3.jar"));
        assertEquals(
                paths(
                        "/m/elasticsearch-9.5.3.jar",
                        "/m/elasticsearch-entitlement-9.5.3.jar",
                        "/m/lucene-core-10.5.1.jar"),
                jars.lib());
        assertEquals(Path.of("/m/elasticsearch-entitlement-bridge-9.5.3.jar"), jars.bridge());
        assertEquals(
                paths(
                        "/m/elasticsearch-ssl-config-9.5.3.jar",
                        "/m/netty-codec-http-4.1.135.Final.jar",
                        "/m/transport-netty4-9.5.3.jar"),
                jars.transport());
        assertEquals(Path.of("/m/transport-netty4-9.5.3.jar"), jars.transportModule());
        assertEquals(Path.of("/m/aircompressor-v3-3.3.jar"), jars.zstd());
    }

    @Test
    void aListThatLacksAJarIsRefused() throws IOException {
        Path list = Files.writeString(temp.resolve("list"), "/m/elasticsearch-9.5.3.jar:/m/aircompressor-v3-3.3.jar\n");
        assertEquals(
                "the list of a node's jars lacks [org.elasticsearch:elasticsearch-entitlement-bridge]; run `mvn "
                        + "package`"
                        + " again",
                refusal(() -> NodeJars.read(list)));
        assertEquals(
                "no list of a node's jars at [" + temp.resolve("none") + "]; run `mvn package` first",
                refusal(() -> NodeJars.read(temp.resolve("none"))));
    }

    @Test
    void onlyLinuxCanRunANode() {
        assertEquals("linux-x64", Requirements.platform("Linux", "amd64"));
        assertEquals("linux-aarch64", Requirements.platform("Linux", "aarch64"));
        assertEquals(
                "a node from Maven Central runs on Linux on x64 and aarch64 alone, this is [Mac OS X aarch64]; the "
                        + "plugin"
                        + " itself runs wherever Elasticsearch does: install the zip there",
                refusal(() -> Requirements.platform("Mac OS X", "aarch64")));
        refusal(() -> Requirements.platform("Linux", "s390x"));
    }

    @Test
    void heapIsANumberWithItsUnit() {
        for (String heap : List.of("1g", "512m", "31G", "2000M")) {
            Requirements.heap(heap);
        }
        for (String heap : List.of("", "1", "g", "0m", "-1g", "1.5g", "1k", "1g ", "1gb")) {
            assertEquals(
                    "heap [" + heap + "] is malformed; give a number followed by m or g, such as [512m] or [1g]",
                    refusal(() -> Requirements.heap(heap)));
        }
        assertEquals("512m", JavaCommand.directMemory("1g"));
        assertEquals("256m", JavaCommand.directMemory("512m"));
        assertEquals("1m", JavaCommand.directMemory("1m"));
    }

    @Test
    void aMissingOrOldJdkIsRefused() throws IOException {
        assertEquals(
                "no JDK at [" + temp + "]; install JDK 25 or later and give its directory",
                refusal(() -> Requirements.java(temp)));
        Path java = Files.createDirectories(temp.resolve("bin")).resolve("java");
        assertTrue(Files.createFile(java).toFile().setExecutable(true));
        Files.writeString(temp.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"21.0.4\"\n");
        assertEquals(
                "the JDK at [" + temp + "] has version [21]; the node needs [25] or later",
                refusal(() -> Requirements.java(temp)));
        Files.writeString(temp.resolve("release"), "JAVA_VERSION=\"25\"\n");
        Requirements.java(temp);
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();
            assertEquals(
                    "port [" + port + "] is taken; choose another with --port", refusal(() -> Requirements.port(port)));
        }
        assertTrue(Requirements.port(0) > 0);
    }

    @Test
    void aDirectoryMountedNoexecIsRefused() {
        String mounts = """
                /dev/sda / ext4 rw,noexec,relatime 0 0
                tmpfs /var tmpfs rw,nosuid 0 0
                tmpfs /var/with\\040blank tmpfs rw,noexec 0 0
                tmpfs /hidden tmpfs rw,noexec 0 0
                tmpfs /hidden tmpfs rw,exec 0 0
                """;
        Requirements.executable(Path.of("/var"), mounts);
        Requirements.executable(Path.of("/var/within"), mounts);
        Requirements.executable(Path.of("/hidden"), mounts);
        assertEquals(
                "the temporary directory [/var/with blank/x] is mounted noexec (at [/var/with blank]), but native"
                        + " libraries are run from there; set TMPDIR to a directory which is not",
                refusal(() -> Requirements.executable(Path.of("/var/with blank/x"), mounts)));
        refusal(() -> Requirements.executable(Path.of("/varx"), mounts));
    }

    @Test
    void aDataDirectoryInUseIsRefused() throws Exception {
        Requirements.unlocked(temp, Duration.ZERO);
        Path lock = Files.createFile(temp.resolve("node.lock"));
        Requirements.unlocked(temp, Duration.ZERO);
        Process other = holdLock(lock);
        try {
            assertEquals(
                    "data directory [" + temp
                            + "] is in use by another node; stop that node or choose another directory",
                    refusal(() -> Requirements.unlocked(temp, Duration.ZERO)));
        } finally {
            other.destroyForcibly().waitFor();
        }
        Requirements.unlocked(temp, Duration.ZERO);
    }

    /** Starts another process that holds a lock, as only another one's is seen. */
    private static Process holdLock(Path file) throws IOException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals('.', other.getInputStream().read());
        return other;
    }

    /** Holds a lock until it is killed. */
    static final class LockHolder {
        private LockHolder() {}

        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
                channel.lock();
                System.out.write('.');
                System.out.flush();
                assertEquals(-1, System.in.read());
            }
        }
    }

    @Test
    void homesOfTheDeadAreSwept() throws IOException {
        Path dead = Files.createDirectories(temp.resolve(StaleHomes.prefix(41) + "x/lib"))
                .getParent();
        Path living = Files.createDirectories(temp.resolve(StaleHomes.prefix(42) + "x"));
        Path other = Files.createDirectories(temp.resolve("lookalike-node-notes"));
        Path outside = Files.createDirectories(temp.resolve("outside"));
        Files.writeString(outside.resolve("kept"), "kept");
        Files.createSymbolicLink(dead.resolve("link"), outside);
        Path file = Files.createFile(temp.resolve(StaleHomes.prefix(41) + "file"));
        StaleHomes.sweep(temp, pid -> pid == 42);
        assertFalse(Files.exists(dead));
        for (Path kept : List.of(living, other, file, outside.resolve("kept"))) {
            assertTrue(Files.exists(kept), kept.toString());
        }
        assertTrue(StaleHomes.alive(ProcessHandle.current().pid()));
        assertFalse(StaleHomes.alive(Integer.MAX_VALUE));
    }

    @Test
    void settingsThatAreOptionsAreRefused() {
        for (String setting : List.of("http.port", "path.data", "path.home", "path.logs")) {
            assertEquals(
                    "setting [" + setting + "] cannot be given as such; use --port, --data or --log",
                    refusal(() -> RealNode.builder().setting(setting, "1").start()));
        }
    }

    @Test
    void aHomeInUseElsewhereIsKept() throws Exception {
        // as from another container: no such process is seen here, but its lock is
        Path home = Files.createDirectories(temp.resolve(StaleHomes.prefix(41) + "x"));
        StaleHomes.claim(home).close();
        Process other = holdLock(home.resolve("in-use.lock"));
        try {
            StaleHomes.sweep(temp, pid -> false);
            assertTrue(Files.exists(home));
        } finally {
            other.destroyForcibly().waitFor();
        }
        StaleHomes.sweep(temp, pid -> false);
        assertFalse(Files.exists(home));
    }

    @Test
    void settingsGivenReplaceTheDefaults() {
        Map<String, String> alone = NodeHome.defaults(temp, temp, 9200, Set.of("transport.port"));
        assertEquals("single-node", alone.get("discovery.type"));
        assertEquals("9200", alone.get("http.port"));
        assertFalse(alone.containsKey("transport.port"));
        for (String setting : List.of("discovery.seed_hosts", "cluster.initial_master_nodes")) {
            assertFalse(NodeHome.defaults(temp, temp, 9200, Set.of(setting)).containsKey("discovery.type"), setting);
        }
    }

    @Test
    void rootStartsTheNodeAsSomeoneElse() {
        RunAs namespace = RunAs.forRoot(0, command -> true);
        assertEquals(List.of("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"), namespace.prefix());
        assertEquals(-1, namespace.owner());
        RunAs nobody = RunAs.forRoot(0, command -> command.getFirst().equals("setpriv"));
        assertEquals(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"), nobody.prefix());
        assertEquals(65534, nobody.owner());
        assertEquals(1234, RunAs.forRoot(1234, command -> true).owner());
        assertEquals(
                "Elasticsearch refuses to run as root, and neither [unshare] nor [setpriv] (package util-linux) can "
                        + "start"
                        + " it as another user here; run this as a normal user",
                refusal(() -> RunAs.forRoot(0, command -> false)));
        assertEquals(7, RunAs.effectiveUser("Name:\tjava\nUid:\t5\t7\t5\t5\nGid:\t1\t2\t1\t1\n"));
    }

    @Test
    void theNewestZipIsTaken() throws IOException {
        assertEquals(
                "no plugin at [" + temp + "/lookalike-*.zip]; run `mvn package` first",
                refusal(() -> Target.zip(temp)));
        Path zip = Files.createFile(temp.resolve("lookalike-0.1.0.zip"));
        assertEquals(zip, Target.zip(temp));
    }

    private static List<Path> paths(String... paths) {
        return List.of(paths).stream().map(Path::of).toList();
    }
}

package io.lookalike;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds the picture of the packages: imports go only downwards, and each library has its one room. */
class ArchitectureTests {
    private static final String ROOT = "io.lookalike";

    /** Storeys from the top; rooms of one storey do not import each other. */
    private static final List<List<String>> STOREYS = List.of(
            List.of("rest"),
            List.of("train", "reencode", "evaluate", "duplicates"),
            List.of("task"),
            List.of("ingest", "query"),
            List.of("search", "admin"),
            List.of("search.stored", "search.frame"),
            List.of("inference"),
            List.of("encoder"),
            List.of("model", "image", "pairs"),
            List.of("image.file", "hashing", "learning"),
            List.of("image.webp", "image.icc"),
            List.of("image.bytes", "vectors", "work"));

    private static final String[] FREE_OF_ELASTICSEARCH = {
        room("image") + "..", room("learning"), room("hashing"), room("pairs"), room("work"), room("vectors")
    };

    /** Main classes only: tests and tools lie in packages of the same names. */
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackagesOf(LookalikePlugin.class)
            .that(isOurs());

    private static DescribedPredicate<JavaClass> isOurs() {
        List<String> rooms = new ArrayList<>(List.of(ROOT));
        STOREYS.forEach(storey -> storey.forEach(room -> rooms.add(room(room))));
        return DescribedPredicate.describe(
                "of the plugin",
                type -> type.getSource().orElseThrow().getUri().toString().contains("/classes/")
                        || (rooms.contains(type.getPackageName()) && !isTest(type)));
    }

    private static boolean isTest(JavaClass type) {
        return type.getSource().orElseThrow().getUri().toString().contains("/test-classes/");
    }

    private static String room(String name) {
        return ROOT + "." + name;
    }

    /** For each package, the rule that it imports none of its own storey and none above. */
    private static Map<String, ArchRule> downwards() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        List<String> above = new ArrayList<>(List.of(ROOT));
        for (List<String> storey : STOREYS) {
            for (String room : storey) {
                List<String> closed = new ArrayList<>(above);
                storey.stream()
                        .filter(other -> !other.equals(room))
                        .map(ArchitectureTests::room)
                        .forEach(closed::add);
                rules.put(
                        room,
                        noClasses()
                                .that()
                                .resideInAPackage(room(room))
                                .should()
                                .dependOnClassesThat()
                                .resideInAnyPackage(closed.toArray(String[]::new)));
            }
            storey.forEach(room -> above.add(room(room)));
        }
        return rules;
    }

    private static ArchRule noElasticsearch() {
        return noClasses()
                .that()
                .resideInAnyPackage(FREE_OF_ELASTICSEARCH)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.elasticsearch..");
    }

    private static ArchRule onlyIn(String room, String... libraries) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(room(room))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries);
    }

    @Test
    void importsGoDownwards() {
        downwards().values().forEach(rule -> rule.check(CLASSES));
    }

    @Test
    void everyClassHasARoom() {
        String[] rooms = STOREYS.stream()
                .flatMap(List::stream)
                .map(ArchitectureTests::room)
                .toArray(String[]::new);
        classes()
                .that()
                .resideOutsideOfPackage(ROOT)
                .should()
                .resideInAnyPackage(rooms)
                .check(CLASSES);
    }

    @Test
    void theRootOnlyRegisters() {
        classes()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .haveSimpleName("LookalikePlugin")
                .orShould()
                .haveSimpleName("package-info")
                .check(CLASSES);
    }

    @Test
    void kernelsDoNotKnowElasticsearch() {
        noElasticsearch().check(CLASSES);
    }

    @Test
    void librariesHaveTheirRooms() {
        onlyIn("vectors", "jdk.incubator.vector..").check(CLASSES);
        onlyIn("model", "ai.djl..", "ai.onnxruntime..").check(CLASSES);
        onlyIn("learning", "org.ejml..").check(CLASSES);
        onlyIn("image..", "com.twelvemonkeys..", "com.drew..", "javax.imageio..", "java.awt..")
                .check(CLASSES);
    }

    /** Else every rule above would hold of an empty set. */
    @Test
    void classesOfEveryPackageWereRead() {
        for (List<String> storey : STOREYS) {
            for (String room : storey) {
                boolean found = CLASSES.stream()
                        .anyMatch(type -> type.getPackageName().equals(room(room))
                                && !type.getSimpleName().equals("package-info"));
                assertTrue(found, room);
            }
        }
        assertTrue(CLASSES.contain(LookalikePlugin.class));
        assertFalse(CLASSES.contain(ArchitectureTests.class));
    }

    /** The same rules upside down: each must find what is there. */
    @Test
    void rulesCanFail() {
        ArchRule upwards = noClasses()
                .that()
                .resideInAPackage(room("query"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(room("encoder"));
        assertTrue(upwards.evaluate(CLASSES).hasViolation());
        for (String[] misplaced : new String[][] {
            {"image", "ai.djl.."},
            {"vectors", "ai.onnxruntime.."},
            {"model", "javax.imageio.."},
            {"hashing", "org.elasticsearch.."}
        }) {
            assertTrue(onlyIn(misplaced[0], misplaced[1]).evaluate(CLASSES).hasViolation(), Arrays.toString(misplaced));
        }
    }
}

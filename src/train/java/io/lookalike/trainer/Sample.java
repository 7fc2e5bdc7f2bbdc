package io.lookalike.trainer;

import java.nio.file.Path;

/**
 * A picture of a class.
 *
 * @param file to decode
 * @param name as messages show it: the path below the folder of all classes
 * @param label the number of its class
 */
record Sample(Path file, String name, int label) {}

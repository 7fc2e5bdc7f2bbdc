/**
 * The program behind {@code bin/train}: trains a network from class folders with PyTorch, outside of the cluster, and
 * writes a model directory that an encoder takes as it is.
 *
 * <p>Has a class path of its own ({@code src/train/pom.xml}); nothing of PyTorch is in the plugin or in its build.
 * Pictures are decoded and resized by the plugin's own {@code image} room, so that a node sees the same pixels.
 */
package io.lookalike.trainer;

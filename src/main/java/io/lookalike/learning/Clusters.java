package io.lookalike.learning;

/**
 * Centroids of clusters.
 *
 * @param centroids {@code [count][dims]}, row by row
 * @param count how many; fewer than were asked for where the sample holds fewer different vectors
 * @param dims of each
 * @param inertia mean squared distance of the sample from the nearest centroid
 * @param sizes how many vectors of the sample belong to each, {@code [count]}
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record Clusters(float[] centroids, int count, int dims, double inertia, int[] sizes) {}

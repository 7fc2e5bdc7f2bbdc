package io.lookalike.learning;

/**
 * Centroids of clusters.
 *
 * @param centroids {@code [count][dims]}, row by row
 * @param count number of clusters; less than wanted if the sample has fewer distinct vectors
 * @param dims dims of a centroid
 * @param inertia mean squared distance of the sample from the nearest centroid
 * @param sizes number of vectors of the sample in each cluster, {@code [count]}
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
public record Clusters(float[] centroids, int count, int dims, double inertia, int[] sizes) {}

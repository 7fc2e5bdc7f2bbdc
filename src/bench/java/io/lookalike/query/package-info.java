/** What benchmarks need from inside the package of the queries, which hands nothing of it out to others. */
package io.lookalike.query;

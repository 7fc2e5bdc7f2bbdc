/**
 * A plugin for tests that stands for Elasticsearch's security, which is not on Maven Central: it takes the user from a
 * request's header, authorises actions by their names, hides documents of others, and notes whatever is done in the
 * wrong name.
 *
 * <p>Everything in this package runs inside the node and uses nothing outside of the package; {@code GuardZip} packs
 * it.
 */
package io.lookalike.it.guard;

package io.lookalike;

import org.elasticsearch.plugins.Plugin;

/** Registers what Lookalike adds to a node; everything else is in the packages it names. */
public class LookalikePlugin extends Plugin {}

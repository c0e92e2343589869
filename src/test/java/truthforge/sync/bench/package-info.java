/**
 * What {@code bench/run} runs: the packaged jar, measured from outside, beside floors of bare JDBC
 * and bare HTTP. Nothing here is shipped.
 */
package truthforge.sync.bench;

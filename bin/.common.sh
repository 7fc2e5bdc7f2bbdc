# shellcheck shell=bash
# Shared by the programs in bin/, which source it: ROOT is the repository; build_if_stale builds it when target/ is
# missing or older than the sources, and sets JAVA and CP. The caller's working directory stays as it is.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# Prints the first argument and ends where one of the others asks for help: before a build, and whatever else is asked for.
show_help_if_asked() {
  local usage="$1" argument
  shift
  for argument in "$@"; do
    case "$argument" in
      -h | --help)
        printf '%s\n' "$usage"
        exit 0
        ;;
    esac
  done
}

# Refuses an option before a build: the first argument lists those that are known, each with a blank before and after it;
# those of the second are followed by a value.
refuse_unknown() {
  local known="$1" valued="$2" argument
  shift 2
  while [ $# -gt 0 ]; do
    argument="$1"
    shift
    case "$argument" in
      -E?*) argument="-E" ;;
      -*)
        if [[ "$valued" == *" $argument "* ]]; then
          [ $# -gt 0 ] || fail "option [$argument] lacks its value; see --help"
          shift
        fi
        ;;
      *) continue ;;
    esac
    [[ "$known$valued" == *" $argument "* ]] || fail "unknown option [$argument]; see --help"
  done
}

# The value that the command line gives an option, the last one where there are several; else the second argument.
value_of() {
  local option="$1" value="$2"
  shift 2
  while [ $# -gt 1 ]; do
    if [ "$1" = "$option" ]; then
      value="$2"
      shift
    fi
    shift
  done
  printf '%s' "$value"
}

# Takes a port of the loopback address for as long as this process lives, before a build, which may take minutes; refuses one on
# which something listens, and one that another program of this project has taken and does not listen on yet.
take_port() {
  local status=0
  [[ "$1" =~ ^[1-9][0-9]{0,4}$ ]] || return 0
  timeout 1 bash -c ": <>/dev/tcp/127.0.0.1/$1" 2>/dev/null || status=$?
  # 124: what listens is too busy to answer
  if [ "$status" != 0 ] && [ "$status" != 124 ]; then
    mkdir -p "$ROOT/target"
    command -v flock >/dev/null || return 0
    exec 8>"$ROOT/target/.port-$1-lock"
    if flock -n 8; then
      return 0
    fi
  fi
  fail "port [$1] is taken; choose another with --port"
}

built_zip() {
  local zip
  for zip in "$ROOT"/target/lookalike-*.zip; do
    if [ -f "$zip" ]; then
      echo "$zip"
      return
    fi
  done
}

is_stale() {
  local zip file
  zip="$(built_zip)"
  for file in "$zip" "$ROOT/target/java-home" "$ROOT/target/node-classpath.txt" "$ROOT/target/test-classpath.txt"; do
    if [ ! -f "$file" ]; then
      return 0
    fi
  done
  # the tests' own sources are in no program; a deleted file makes its directory newer
  [ -n "$(find "$ROOT/src" "$ROOT/pom.xml" "$ROOT/plugin-descriptor.properties" \
    -path "$ROOT/src/test" -prune -o -newer "$zip" -print 2>/dev/null | head -n 1)" ]
}

build() {
  local log="$ROOT/target/build.log"
  command -v mvn >/dev/null || fail "mvn is not found; install Maven 3.8 or later and JDK 25"
  echo "building (the first time, Maven fetches what it needs)…" >&2
  # one line for each step of Maven's
  if ! (cd "$ROOT" && mvn -B -ntp package -DskipTests) 2>&1 | tee "$log" |
    sed -un 's/^\[INFO\] --- \(maven-\)\?\([a-z-]*\)-maven-plugin.*:\(.*\) @.*/  \2 \3/p; s/^\[INFO\] --- maven-\([a-z]*\)-plugin[^:]*:[^:]*:\(.*\) @.*/  \1 \2/p' >&2; then
    if grep -q 'Failed to execute goal [^ ]*maven-toolchains-plugin' "$log"; then
      fail "the build found no JDK 25; install one (such as Temurin 25) and point JAVA25_HOME or JAVA_HOME at it"
    fi
    grep -v '^\[INFO\]' "$log" >&2 || true
    fail "the build failed; see above or $log"
  fi
  # an unchanged zip is not written anew, and would stay older than a source that was merely touched
  touch "$(built_zip)"
}

# Runs a command that writes to target/ while no other one does.
alone() {
  mkdir -p "$ROOT/target"
  (
    if command -v flock >/dev/null && ! flock -n 9; then
      echo "waiting for another build…" >&2
      flock 9
    fi
    "$@" 9>&-
  ) 9>"$ROOT/target/.build-lock"
}

still_build_if_stale() {
  if is_stale; then
    build
  fi
}

build_if_stale() {
  if is_stale; then
    alone still_build_if_stale
  fi
  JAVA="$(cat "$ROOT/target/java-home")/bin/java"
  CP="$ROOT/target/test-classes:$ROOT/target/classes:$(cat "$ROOT/target/test-classpath.txt")"
  [ -x "$JAVA" ] || fail "the JDK of the last build is gone from $JAVA; install JDK 25 and remove $ROOT/target"
}

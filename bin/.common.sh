# shellcheck shell=bash
# Shared by the programs in bin/, which source it: ROOT is the repository; build_if_stale builds it when target/ is
# missing or older than the sources, and sets JAVA and CP. The caller's working directory stays as it is.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# Ends a program whose command line is wrong.
fail_usage() {
  echo "${0##*/}: $*; see --help" >&2
  exit 2
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

# Refuses a wrong command line before a build. The first argument says how many arguments there may be beside options; the second
# lists the options without a value, the third those with one and what it must be (see check_value), as in " --port=port ".
check_options() {
  local arguments="$1" known="$2" valued="$3" option kind
  shift 3
  while [ $# -gt 0 ]; do
    option="$1"
    shift
    case "$option" in
      -E?*)
        set -- "${option#-E}" "$@"
        option="-E"
        ;;
      -*) ;;
      *)
        [ "$arguments" -gt 0 ] || fail_usage "unknown option [$option]"
        arguments=$((arguments - 1))
        continue
        ;;
    esac
    if [[ "$valued" == *" $option="* ]]; then
      [ $# -gt 0 ] && [[ "$1" != --* ]] || fail_usage "option [$option] needs a value"
      kind="${valued#*" $option="}"
      check_value "$option" "${kind%% *}" "$1"
      shift
    else
      [[ "$known" == *" $option "* ]] || fail_usage "unknown option [$option]"
    fi
  done
}

# Refuses a value of an option that is not of its kind.
check_value() {
  local option="$1" kind="$2" value="$3" parent
  parent="$(dirname -- "$value")"
  case "$kind" in
    port)
      [[ "$value" =~ ^[0-9]{1,5}$ ]] && [ "$((10#$value))" -le 65535 ] ||
        fail_usage "option [$option] must be a number from [0] to [65535]; got [$value]"
      ;;
    choice:*)
      kind="${kind#choice:}"
      [[ "|$kind|" == *"|$value|"* ]] || fail_usage "option [$option] must be one of [${kind//|/, }]; got [$value]"
      ;;
    count)
      [[ "$value" =~ ^[0-9]{1,9}$ ]] || fail_usage "option [$option] must be a whole number; got [$value]"
      ;;
    folder)
      [ -d "$value" ] || fail_usage "option [$option]: no directory [$value]"
      [ -r "$value" ] && [ -x "$value" ] || fail_usage "option [$option]: directory [$value] cannot be read"
      [ -n "$(ls -A -- "$value")" ] || fail_usage "option [$option]: directory [$value] is empty"
      ;;
    made_folder)
      [ ! -e "$value" ] || { [ -d "$value" ] && [ -w "$value" ]; } ||
        fail_usage "option [$option]: cannot write to [$value]; give a directory"
      ;;
    file) [ -f "$value" ] && [ -r "$value" ] || fail_usage "option [$option]: no file [$value] that can be read" ;;
    made_file)
      { [ -f "$value" ] && [ -w "$value" ]; } || { [ ! -e "$value" ] && [ -d "$parent" ] && [ -w "$parent" ]; } ||
        fail_usage "option [$option]: cannot write file [$value]; give a file name in a directory that exists"
      ;;
    setting) [[ "$value" == ?*=* ]] || fail_usage "setting [$value] must be [key=value]" ;;
    text) [ -n "$value" ] || fail_usage "option [$option] needs a value" ;;
  esac
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
  # tests run programs from within the build
  [ -z "${LOOKALIKE_IS_BUILT:-}" ] || return 1
  zip="$(built_zip)"
  for file in "$zip" "$ROOT/target/java-home" "$ROOT/target/node-classpath.txt" "$ROOT/target/test-classpath.txt"; do
    if [ ! -f "$file" ]; then
      return 0
    fi
  done
  # the tests' own sources are in no program, and bin/train compiles its own; a deleted file makes its directory newer
  [ -n "$(find "$ROOT/src" "$ROOT/pom.xml" "$ROOT/plugin-descriptor.properties" \
    \( -path "$ROOT/src/test" -o -path "$ROOT/src/train" \) -prune -o -newer "$zip" -print 2>/dev/null | head -n 1)" ]
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

# PostgreSQL for the deep run: found on the machine or installed, started as the unprivileged user it insists on, on a
# Unix socket in the run's own folder. Sourced by run, which sets work.
# shellcheck shell=bash disable=SC2154

postgres_program() {
  local found
  found=$(find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -1)
  [[ -n $found ]] || found=$(command -v "$1" || true)
  printf '%s\n' "$found"
}

postgres_find() {
  initdb=$(postgres_program initdb)
  pg_ctl=$(postgres_program pg_ctl)
  psql=$(postgres_program psql)
  if [[ -z $initdb || -z $pg_ctl || -z $psql ]] && ((EUID == 0)) && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql; } >"$work/apt.log" 2>&1 || return 1
    initdb=$(postgres_program initdb)
    pg_ctl=$(postgres_program pg_ctl)
    psql=$(postgres_program psql)
  fi
  [[ -n $initdb && -n $pg_ctl && -n $psql ]]
}

# Runs a server program, as nobody where this is root.
as_server() {
  if ((EUID == 0)); then
    setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
  else
    "$@"
  fi
}

postgres_start() {
  postgres_folder=$work/postgres
  mkdir "$postgres_folder"
  if ((EUID == 0)); then
    chown nobody "$postgres_folder"
    chmod 711 "$work"
  fi
  cd "$postgres_folder"
  as_server "$initdb" -D "$postgres_folder/data" -U logferry -A trust -E UTF8 --no-sync >"$work/initdb.log" 2>&1 || return 1
  postgres_resume
}

postgres_resume() {
  local options="-c listen_addresses='' -c unix_socket_directories=$postgres_folder -c fsync=off"
  as_server "$pg_ctl" -D "$postgres_folder/data" -w -l "$postgres_folder/server.log" -o "$options" start >/dev/null
}

postgres_stop() {
  [[ ! -e ${postgres_folder:-/nonexistent}/data/postmaster.pid ]] || as_server "$pg_ctl" -D "$postgres_folder/data" -m "$1" stop >/dev/null
}

postgres_url() { printf 'host=%s user=logferry dbname=postgres\n' "$postgres_folder"; }

psql_quiet() { "$psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$postgres_folder" -U logferry -d postgres "$@"; }

#!/usr/bin/env bash
# Starts throwaway MariaDB/MySQL and Redis servers for the tests on free
# loopback ports with their own data folder, and stops them again by process id.
# Sourced by .ci/test: sets GONGKAI_TEST_MYSQL_DSN and GONGKAI_TEST_REDIS unless
# they are given.

services_dir=""
services_pids=()

# A port below the ephemeral range: no outgoing connection takes it meanwhile.
free_port() {
	local port
	for _ in $(seq 50); do
		port=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
	return 1
}

install_packages() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	echo "installing $* from Debian" >&2
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1
}

start_mysql() {
	local server
	server=$(command -v mariadbd || command -v mysqld || true)
	if [ -z "$server" ]; then
		install_packages mariadb-server || return 1
		server=$(command -v mariadbd) || return 1
	fi
	local dir=$services_dir/mysql port
	port=$(free_port)
	mkdir -p "$dir/data"
	local as=()
	if [ "$(id -u)" = 0 ]; then
		chmod 755 "$services_dir"; chown -R mysql:mysql "$dir"; as=(--user=mysql)
	fi
	if command -v mariadb-install-db >/dev/null; then
		mariadb-install-db --no-defaults "${as[@]}" --datadir="$dir/data" --auth-root-authentication-method=normal --skip-test-db >"$dir/install.log" 2>&1 || { tail -5 "$dir/install.log" >&2; return 1; }
	else
		"$server" --no-defaults "${as[@]}" --datadir="$dir/data" --initialize-insecure >"$dir/install.log" 2>&1 || { tail -5 "$dir/install.log" >&2; return 1; }
	fi
	"$server" --no-defaults "${as[@]}" --datadir="$dir/data" --socket="$dir/s.sock" --pid-file="$dir/pid" \
		--bind-address=127.0.0.1 --port="$port" --max-connections=400 --max-allowed-packet=64M --innodb-buffer-pool-size=256M >"$dir/server.log" 2>&1 &
	services_pids+=($!)
	for _ in $(seq 200); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [ -S "$dir/s.sock" ] && break
		sleep 0.1
	done
	local client
	client=$(command -v mariadb || command -v mysql) || return 1
	"$client" --no-defaults --socket="$dir/s.sock" -uroot -e "CREATE USER 'gongkai'@'127.0.0.1' IDENTIFIED BY 'gongkai'; GRANT ALL ON *.* TO 'gongkai'@'127.0.0.1'" || return 1
	export GONGKAI_TEST_MYSQL_DSN="gongkai:gongkai@tcp(127.0.0.1:$port)/"
}

start_redis() {
	local server
	server=$(command -v redis-server || true)
	if [ -z "$server" ]; then
		install_packages redis-server || return 1
		server=$(command -v redis-server) || return 1
	fi
	local port
	port=$(free_port)
	mkdir -p "$services_dir/redis"
	"$server" --bind 127.0.0.1 --port "$port" --dir "$services_dir/redis" --databases 16384 --appendonly no --save '' --maxmemory-policy noeviction >"$services_dir/redis/log" 2>&1 &
	services_pids+=($!)
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
		sleep 0.05
	done
	export GONGKAI_TEST_REDIS="127.0.0.1:$port" GONGKAI_TEST_REDIS_DATABASES=16384
}

stop_services() {
	local pid
	for pid in "${services_pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${services_pids[@]}"; do wait "$pid" 2>/dev/null; done
	[ -n "$services_dir" ] && rm -rf "$services_dir"
}

start_services() {
	services_dir=$(mktemp -d "${TMPDIR:-/tmp}/gongkai-test.XXXXXX")
	trap stop_services EXIT
	if [ -z "${GONGKAI_TEST_MYSQL_DSN:-}" ]; then
		start_mysql || echo "MariaDB/MySQL could not be started: the tests that need it do not run" >&2
	fi
	if [ -z "${GONGKAI_TEST_REDIS:-}" ]; then
		start_redis || echo "Redis could not be started: the tests that need it do not run" >&2
	fi
}

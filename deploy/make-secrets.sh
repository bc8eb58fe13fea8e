#!/bin/sh
# Makes the secrets of compose.yaml in a new folder: random passwords, the addresses that contain them, and a TLS certificate
# of its own, to be replaced by a real one. The folder is closed to others; containers see single files of it.
set -eu
folder=${1:-"$(dirname -- "$0")/secrets"}
mkdir -m 700 -- "$folder"    # fails if it exists: passwords in use are never overwritten
cd -- "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { printf '%s\n' "$2" >"$1"; chmod 444 "$1"; }    # 444: a container's user has another number than yours

owner=$(random); app=$(random); cache=$(random); broker=$(random)
keep secret_key "$(random)$(random)"
keep postgres_password "$(random)"
keep owner_password "$owner"
keep app_password "$app"
keep database_url "postgres://orders_app:$app@pgbouncer:6432/orders"
keep database_owner_url "postgres://orders_owner:$owner@postgres:5432/orders"
keep userlist.txt "\"orders_app\" \"$app\""
keep redis_url "redis://:$cache@redis:6379/0"
keep redis.conf "requirepass $cache"
keep broker_url "amqp://orders:$broker@rabbitmq:5672//"
keep rabbitmq.conf "default_user = orders
default_pass = $broker"
keep grafana_password "$(random)"
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=${2:-localhost}" -addext "subjectAltName=DNS:${2:-localhost}" \
    -keyout tls.key -out tls.crt 2>/dev/null
chmod 444 tls.key tls.crt

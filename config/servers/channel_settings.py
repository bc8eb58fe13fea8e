"""The settings of the channel layer: Redis, or the memory of this process."""

from typing import Any

from tenants import redis_servers


def channel_layers(redis_url: str, *, prefix: str) -> dict[str, Any]:
    """Channels' layers, of which we use the default one."""
    if not redis_url:
        return {"default": {"BACKEND": "events.channel_layer.in_memory.ThreadSafeInMemoryLayer"}}
    hosts = redis_servers.channel_hosts(redis_url, socket_connect_timeout=1, socket_timeout=None)
    layer = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": hosts, "prefix": prefix},
    }
    return {"default": layer}

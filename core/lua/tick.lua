--[[
Moves a shard's clock on, or says what its store has lost.

KEYS[1]  epoch   KEYS[2]  clock   KEYS[3]  settling
ARGV[1]  the time by Postgres' clock, read before this call   ARGV[2]  token of the settling that would follow

Returns  { "settled" }: the clock is moved · { "restored", clock }: this is not the server process that was found
         complete last, it holds every push up to `clock` and perhaps not all since · { "unknown" }: it holds no
         clock, so nothing in it can be trusted.

Safe to repeat. The clock stands still until the shard is settled: what is lost stays known.
]]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if redis.call('GET', KEYS[1]) == run_id then
  redis.call('SET', KEYS[2], ARGV[1])
  return { 'settled' }
end
redis.call('SET', KEYS[3], ARGV[2])
local clock = redis.call('GET', KEYS[2])
if clock then return { 'restored', clock } end
return { 'unknown' }

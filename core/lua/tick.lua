--[[
Moves a shard's clock on, or says what its store has lost.

KEYS[1]  epoch   KEYS[2]  clock   KEYS[3]  settling
ARGV[1]  the time by Postgres' clock, read before this call
ARGV[2]  token of the repair that follows, "" to look only: one that runs must not lose its own to those who look

Returns  { "settled", epoch }: the clock is moved · { "restored", clock }: this is not the server process that was found
         complete last, it holds every push up to `clock` and perhaps not all since · { "unknown" }: it holds no
         clock, so nothing in it can be trusted.

Safe to repeat. The clock stands still until the shard is settled: what is lost stays known.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local epoch = redis.call('GET', KEYS[1])
if (string.gsub(epoch or '', ' .* ', ' ')) == server then
  redis.call('SET', KEYS[2], ARGV[1])
  return { 'settled', epoch }
end
if ARGV[2] ~= '' then redis.call('SET', KEYS[3], (string.gsub(server, ' ', ' ' .. ARGV[2] .. ' '))) end
local clock = redis.call('GET', KEYS[2])
if clock then return { 'restored', clock } end
return { 'unknown' }

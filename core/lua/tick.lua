--[[
Moves a shard's clock on, or says that its store or the ledger has lost something.

KEYS[1]  epoch   KEYS[2]  clock   KEYS[3]  settling   KEYS[4]  what the shard remembers of the ledger
KEYS[5]  the shard's clock when Postgres' clock was found behind it; kept until Postgres' clock has passed it
ARGV[1]  the time by Postgres' clock, read before this call
ARGV[2]  token of the repair that follows, "" to look only: whoever only looks must not replace the token of a repair
ARGV[3]  the ledger's token   ARGV[4]  its beat   ARGV[5]  the newest id that it has drawn, all read with that time
ARGV[6]  a time shortly after ARGV[1]: a clock up to it comes from another worker who looks at this moment
ARGV[7]  token of the shard's last repair as the ledger has it, "" when it has none: another server may hold the shard

Returns  { "foreign" }: it remembers a later beat of this ledger, or another ledger (see recognise.ts) · { "settled",
         epoch }: the clock is moved · { "restored", clock }: this is not the server process that was found
         complete last, it holds every push up to `clock` and perhaps not all since · { "unknown" }: it holds no
         clock, so nothing in it can be trusted; or Postgres' clock was set back and some times came twice, so that
         nobody can say what was finished since one of them; or its keys came from another master of a cluster one by
         one, and not by replication, so that nobody can say what was pushed to a part of them meanwhile.

Safe to repeat. The clock stands still until the shard is settled: what is lost stays known.
]]
local token, beat = string.match(redis.call('GET', KEYS[4]) or '', '^(%S+) (%d+)')
if token and (token ~= ARGV[3] or tonumber(beat) > tonumber(ARGV[4])) then return { 'foreign' } end

local clock, back = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[5])
local info = redis.call('INFO', 'server', 'replication', 'cluster')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local epoch = redis.call('GET', KEYS[1])
local isLast = ARGV[7] == '' or string.match(epoch or '', ' (.*) ') == ARGV[7]
if isLast and (string.gsub(epoch or '', ' .* ', ' ')) == server then
  if clock and clock > ARGV[6] and (not back or clock > back) then redis.call('SET', KEYS[5], clock) end
  if back and back < ARGV[1] then redis.call('DEL', KEYS[5]) end
  redis.call('SET', KEYS[2], ARGV[1])
  redis.call('SET', KEYS[4], ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
  return { 'settled', epoch }
end
local from = string.match(epoch or '', ' (%w+)$') -- replication id of the server that was found complete
local isMoved = from and string.find(info, 'cluster_enabled:1') and from ~= string.match(info, 'master_replid:(%w+)')
  and from ~= string.match(info, 'master_replid2:(%w+)') -- that of the master whose place this server has taken
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[3], (string.gsub(server, ' ', ' ' .. ARGV[2] .. ' ')))
  if back or isMoved then redis.call('DEL', KEYS[2]) end
end
if clock and not back and not isMoved then return { 'restored', clock } end
return { 'unknown' }

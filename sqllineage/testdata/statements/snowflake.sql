create or replace transient table analytics.public.customer_events as
with src as (
  select v:customer.id::number as customer_id, f.value:sku::string as sku, f.index, t.$1 as line, v['at'] as at -- path
  from raw.public.landing t, lateral flatten(input => t.v:items, outer => true) f where v:kind = 'order' // kinds
)
select customer_id, iff(sku is null, 'none', sku) as sku, count_if(at > '2026-01-01') as n,
  listagg(distinct sku, ', ') within group (order by sku) as skus, last_value(sku ignore nulls) over (partition by customer_id order by at) as last_sku
from src group by all qualify row_number() over (partition by customer_id order by n desc) = 1
-- next
copy into raw.public.landing from (select $1, metadata$filename from @raw.public.stage/day=2026-01-31/ (file_format => 'json')) on_error = continue;
insert overwrite all when n > 1 then into a (x) values (n) else into b select n, m from c;
select * exclude (a, b) rename (c as d), * ilike '%id%' from t at (timestamp => '2026-01-01'::timestamp) asof join u match_condition (t.at >= u.at) on t.id = u.id
-- next
create table c clone d.e; use schema x.y; merge into t using s on t.k = s.k when matched then update set t.v = s.v when not matched then insert (k, v) values (s.k, s.v);
select * from (select empid, amount, month from monthly_sales) pivot(sum(amount) for month in ('JAN', 'FEB')) as p (empid, jan, feb) order by empid

-- Bronze: the file as it came, every figure still text.
CREATE TABLE bronze.wasde_release (
    wasde_number  TEXT NOT NULL PRIMARY KEY,
    report_date   TEXT NOT NULL,
    release_date  TEXT NOT NULL,
    release_time  TEXT NOT NULL,
    source_file   TEXT NOT NULL,
    ingest_run_id TEXT
) STRICT;

CREATE TABLE bronze.wasde_cell (
    id                     INTEGER PRIMARY KEY,
    line_number            INTEGER NOT NULL UNIQUE,
    wasde_number           TEXT NOT NULL,
    report_title           TEXT NOT NULL,
    attribute              TEXT NOT NULL,
    reliability_projection TEXT NOT NULL,
    commodity              TEXT NOT NULL,
    region                 TEXT NOT NULL,
    market_year            TEXT NOT NULL,
    proj_est_flag          TEXT NOT NULL,
    annual_quarter_flag    TEXT NOT NULL,
    value                  TEXT NOT NULL,
    unit                   TEXT NOT NULL,
    forecast_year          TEXT NOT NULL,
    forecast_month         TEXT NOT NULL
) STRICT;

-- Silver: typed and coded. STRICT refuses a figure that is not a number, where CAST would make it 0.
CREATE TABLE silver.wasde_figure (
    cell_id       INTEGER PRIMARY KEY,
    wasde_number  INTEGER NOT NULL,
    release_date  TEXT NOT NULL,
    ingest_run_id TEXT,
    commodity     TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    market_year   TEXT NOT NULL,
    proj_est_flag TEXT NOT NULL,
    value         REAL NOT NULL,
    unit          TEXT NOT NULL
) STRICT;

CREATE TABLE silver.attribute_code (
    attribute      TEXT NOT NULL PRIMARY KEY,
    attribute_code TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO silver.attribute_code (attribute, attribute_code) VALUES
    ('Area Planted',             'AREA_PLANTED'),
    ('Area Harvested',           'AREA_HARVESTED'),
    ('Yield per Harvested Acre', 'YIELD'),
    ('Beginning Stocks',         'BEGINNING_STOCKS'),
    ('Production',               'PRODUCTION'),
    ('Imports',                  'IMPORTS'),
    ('Supply, Total',            'SUPPLY_TOTAL'),
    ('Feed and Residual',        'FEED_AND_RESIDUAL'),
    ('Food, Seed & Industrial',  'FOOD_SEED_INDUSTRIAL'),
    ('Ethanol & by-products',    'ETHANOL'),
    ('Domestic, Total',          'DOMESTIC_TOTAL'),
    ('Exports',                  'EXPORTS'),
    ('Use, Total',               'USE_TOTAL'),
    ('Ending Stocks',            'ENDING_STOCKS'),
    ('Avg. Farm Price',          'AVG_FARM_PRICE');

CREATE TABLE silver.observation (
    commodity_code TEXT NOT NULL,
    attribute_code TEXT NOT NULL,
    market_year    TEXT NOT NULL,
    status         TEXT NOT NULL,
    value          REAL NOT NULL,
    unit_code      TEXT NOT NULL,
    wasde_number   INTEGER NOT NULL,
    release_date   TEXT NOT NULL,
    ingest_run_id  TEXT,
    source_table   TEXT NOT NULL,
    source_id      INTEGER NOT NULL,
    PRIMARY KEY (wasde_number, commodity_code, attribute_code, market_year)
) STRICT;

CREATE TABLE silver.commodity_summary (
    commodity_code    TEXT NOT NULL,
    market_year       TEXT NOT NULL,
    unit_code         TEXT NOT NULL,
    observations      INTEGER NOT NULL,
    supply_components REAL NOT NULL,
    use_components    REAL NOT NULL,
    PRIMARY KEY (commodity_code, market_year)
) STRICT;

CREATE TABLE silver.us_corn_supply_use (
    market_year          TEXT NOT NULL PRIMARY KEY,
    status               TEXT NOT NULL,
    wasde_number         INTEGER NOT NULL,
    beginning_stocks     REAL NOT NULL,
    production           REAL NOT NULL,
    imports              REAL NOT NULL,
    supply_total         REAL NOT NULL,
    feed_and_residual    REAL NOT NULL,
    food_seed_industrial REAL NOT NULL,
    ethanol              REAL NOT NULL,
    exports              REAL NOT NULL,
    use_total            REAL NOT NULL,
    ending_stocks        REAL NOT NULL,
    avg_farm_price       REAL NOT NULL
) STRICT;

-- Gold: what the dashboard shows. Million bushels, dollars a bushel, and a ratio.
CREATE TABLE gold.us_corn_balance_sheet (
    market_year          TEXT NOT NULL PRIMARY KEY,
    status               TEXT NOT NULL,
    wasde_number         INTEGER NOT NULL,
    beginning_stocks     REAL NOT NULL,
    production           REAL NOT NULL,
    imports              REAL NOT NULL,
    supply_total         REAL NOT NULL,
    feed_and_residual    REAL NOT NULL,
    food_seed_industrial REAL NOT NULL,
    ethanol              REAL NOT NULL,
    exports              REAL NOT NULL,
    use_total            REAL NOT NULL,
    ending_stocks        REAL NOT NULL,
    avg_farm_price       REAL NOT NULL,
    stocks_to_use        REAL NOT NULL
) STRICT;
